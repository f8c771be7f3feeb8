'use client'

import { useEffect } from 'react'
import { check } from '../check.js'
import { entries } from '../entries.js'

export function Client({ onServer }) {
  useEffect(() => {
    void check(entries).then(inBrowser => {
      const answer = {
        reports: [...onServer.reports, ...inBrowser.reports],
        wrong: [...onServer.wrong, ...inBrowser.wrong],
        entries: inBrowser.entries,
      }
      document.documentElement.dataset.result = JSON.stringify(answer)
    })
  }, [onServer])
  return <p>Computed on the server by {onServer.reports.map(report => report.processor).join(', ')}</p>
}
