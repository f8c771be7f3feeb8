/** A picture to begin with: a disc and a square on a slope, with edges of both signs. */
export function examplePicture(): ImageData {
  const [width, height] = [160, 100]
  const picture = new ImageData(width, height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isInDisc = (x - 50) ** 2 + (y - 50) ** 2 < 30 ** 2
      const isInSquare = Math.abs(x - 118) < 22 && Math.abs(y - 50) < 22
      const grey = isInDisc ? 235 : isInSquare ? 25 : 128 + 40 * Math.sin(x / 16 + y / 40)
      picture.data.set([grey, grey, grey, 255], 4 * (y * width + x))
    }
  }
  return picture
}
