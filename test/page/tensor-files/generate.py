#!/usr/bin/env python3
"""Writes the files of this folder, by NumPy and safetensors themselves. Needs numpy, safetensors and ml_dtypes.

expected.json holds what is to be read of each: its shape, and its elements as NumPy makes float32 of them, in the order of
the file, as hexadecimal digits of their little-endian bytes.
"""

import io
import json
import pathlib
import warnings

import ml_dtypes
import numpy
from safetensors.numpy import save as serialize

FOLDER = pathlib.Path(__file__).parent
INFINITY = float("inf")
REALS = numpy.array([[0.1, -2.5, INFINITY], [float("nan"), -0.0, 65504.0]])
# Halfway between two float32, or next to it: wrong where they are rounded twice.
WHOLE = [0, 7, 2**24 + 1, 2**53 + 2**29 + 1, 2**53 + 2**29, 2**62 - 1, 2**60 + 2**36 + 1, 2**60 + 2**36 - 1]

expected = {}


def expect(name, array, order="C"):
    with numpy.errstate(all="ignore"):
        float32 = array.astype("<f4")
    expected[name] = {"shape": ",".join(map(str, array.shape)), "float32": float32.tobytes(order).hex()}


def save(name, array, version=None):
    with open(FOLDER / name, "wb") as file:
        numpy.lib.format.write_array(file, array, version)
    expect(name, array, "F" if array.flags.f_contiguous else "C")


def spell(name, header, data):
    """A header that NumPy does not write, but reads."""
    text = header.encode("latin1").ljust(117) + b"\n"
    file = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data
    with warnings.catch_warnings(action="ignore"):
        array = numpy.load(io.BytesIO(file))
    (FOLDER / name).write_bytes(file)
    expect(name, array)


save("float16.npy", REALS.astype("<f2"))
save("float16-big-endian.npy", REALS.astype(">f2"))
save("float32-version-2.npy", REALS.astype("<f4"), (2, 0))
save("float32-version-3.npy", REALS.astype("<f4"), (3, 0))
save("float64.npy", REALS)
save("float64-big-endian.npy", REALS.astype(">f8"))
save("float64-fortran.npy", numpy.asfortranarray(REALS))
save("float64-scalar.npy", numpy.array(1e300))
save("bool.npy", numpy.array([True, False]))
save("int8.npy", numpy.array([-128, 127], "int8"))
save("int64.npy", numpy.array([*WHOLE, *(-n for n in WHOLE), -(2**63)], "int64"))
save("int64-big-endian.npy", numpy.array(WHOLE, ">i8"))
save("uint64.npy", numpy.array([*WHOLE, 2**64 - 1, 2**63 + 2**39 + 1, 2**63 + 2**39], "uint64"))
spell("python-2.npy", "{'descr': '>f4', 'fortran_order': False, 'shape': (2L, 1L), }", b"\x3f\x80\0\0\xc0\0\0\0")
spell("quoted.npy", '{"shape": (2,), "fortran_order": True, "descr": u"=f4"}', b"\0\0\x80\x3f\0\0\0\xc0")

tensors = {
    "embeddings.position_ids": numpy.arange(3),
    "layers.0.weight": numpy.array([[1.5, -0.25, 3e38], [-1e-40, 0.1, -7]]).astype(ml_dtypes.bfloat16),
    "layers.0.bias": numpy.array([-1, 2, -65504], "float16"),
    "layers.0.scale": numpy.array(-0.1, "float32"),
    "layers.0.sum": numpy.array([0.1, -1e300]),
    "layers.0.none": numpy.zeros((0, 2), "float32"),
    "layers.0.quantized": numpy.array([1, 2]).astype(ml_dtypes.float8_e4m3fn),
}
(FOLDER / "model.safetensors").write_bytes(serialize(tensors, {"format": "np"}))
for name, tensor in tensors.items():
    if tensor.dtype.itemsize > 1 and tensor.dtype != "int64" and tensor.size > 0:
        expect(f"model.safetensors, {name}", tensor)

# What is refused.
for name, array in {
    "bfloat16.npy": tensors["layers.0.weight"],
    "complex.npy": numpy.array([1j]),
    "dates.npy": numpy.array(["2000-01-01"], "datetime64[D]"),
    "longdouble.npy": numpy.array([1], "longdouble"),
    "objects.npy": numpy.array([1, None]),
    "structured.npy": numpy.array([(1, 2)], [("gain", "f4"), ("bias", "f4")]),
    "text.npy": numpy.array(["one"]),
}.items():
    numpy.save(FOLDER / name, array)
numpy.savez(FOLDER / "arrays.npz", weights=REALS, bias=REALS)
numpy.savez_compressed(FOLDER / "compressed.npz", weights=REALS)

(FOLDER / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")
