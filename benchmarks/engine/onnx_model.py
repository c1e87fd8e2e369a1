"""A BERT checkpoint as an ONNX model for ONNX Runtime: onnx_model.py CHECKPOINT_DIR OUT.onnx [int8] [plain]

Reads Hugging Face's layout (config.json, model.safetensors); needs numpy and onnx alone (Debian: python3-numpy, python3-onnx).
Inputs input_ids, attention_mask, token_type_ids, [batch, length] int64; output last_hidden_state, [batch, length, hidden] float32.
int8: dynamic quantization as ONNX Runtime's own quantizer makes it: weights per column, symmetric; activations per tensor, at run time.

Two forms were kept of the fifteen tried on ONNX Runtime 1.31, on a processor with AVX-512 VNNI: the fused one, the fastest from about 64 tokens
on, and "plain", the graph as exporters write it, the fastest for shorter rows. ORT_ENABLE_ALL fuses the plain one to FusedMatMul, Softmax,
LayerNormalization, BiasGelu (int8: DynamicQuantizeMatMul, MatMulIntegerToFloat, Gelu), never to Attention or SkipLayerNormalization.
The benchmark takes whichever is faster on the work at hand. Processor time of one thread, 6 x 384, plain = 1.00:

  rows x tokens                                     16 x 128    4 x 512    4 x 512 padded    32 x 40 padded
  float32, fused                                      0.96        0.89        0.95              1.01
  int8, fused                                         0.89        0.83        0.94              1.08
  float32, Attention + SkipLayerNormalization         1.05
  int8, QAttention + SkipLayerNormalization           1.30

What the fused form takes, and why:
- MultiHeadAttention without a mask runs a flash kernel; with one it does not. So each layer asks whether anything is padded.
- LayerNormalization after Add, never SkipLayerNormalization: that kernel takes several times as long.
- Products that add their bias: Gemm, MatMulIntegerToFloat. Three of them for query, key and value: Attention and QAttention multiply head by
  head, which is slower, and the Split after one product costs what the product saves.
- float32: MatMul + BiasGelu; int8: the product with its bias, then Gelu.
- Tried and slower, or no faster: FastGelu (the tanh form), the bias inside MultiHeadAttention, MatMulNBits with 8 bits (half the speed).
"""
import json
import os
import struct
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MICROSOFT = "com.microsoft"


def read_checkpoint(folder):
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    if config["model_type"] != "bert" or config.get("hidden_act", "gelu") != "gelu" or config.get("pruned_heads"):
        sys.exit(f"{folder} is a {config['model_type']} with {config.get('hidden_act')}; expected model_type bert, hidden_act gelu and no pruned_heads.")
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        raw = data[slice(*entry["data_offsets"])]
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
        elif entry["dtype"] in ("F32", "F16"):
            values = np.frombuffer(raw, "<f4" if entry["dtype"] == "F32" else "<f2").astype(np.float32)
        else:
            continue
        tensors[name[5:] if name.startswith("bert.") else name] = values.reshape(entry["shape"])
    return config, tensors


class Writer:
    """Nodes and constants of a graph; an operator gives the name of its result, or the names."""

    def __init__(self, tensors, int8):
        self.tensors, self.int8 = tensors, int8
        self.nodes, self.constants, self.quantized = [], {}, {}

    def op(self, kind, inputs, outputs=1, domain="", **attributes):
        names = [f"{kind}_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=names[0], domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, name, value):
        self.constants.setdefault(name, numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def weight(self, name):
        return self.constant(name, self.tensors[name])

    def number(self, value):
        return self.constant(f"number_{value}", np.float32(value))

    def integers(self, *values):
        return self.constant("integers_" + "_".join(map(str, values)), np.array(values, np.int64))

    def columns(self, name):
        """A layer's int8 weights, their scales and zero points, one a column."""
        weight = self.tensors[name + ".weight"].T
        scale = np.maximum(np.abs(weight).max(0), 1e-12) / 127
        return (self.constant(name + ".int8", np.rint(weight / scale).astype(np.int8)), self.constant(name + ".scale", scale.astype(np.float32)),
                self.constant(name + ".zero", np.zeros(len(scale), np.int8)))

    def quantize(self, x):
        if x not in self.quantized:   # query, key and value share it
            self.quantized[x] = self.op("DynamicQuantizeLinear", [x], 3)
        return self.quantized[x]

    def norm(self, x, name, epsilon):
        return self.op("LayerNormalization", [x, self.weight(name + ".weight"), self.weight(name + ".bias")], axis=-1, epsilon=epsilon)


class Fused(Writer):
    """The fastest form. Rows of tokens are [batch * length, hidden] except in attention."""

    def embed(self, hidden, epsilon):
        def integers32(x):
            return self.op("Cast", [x], to=TensorProto.INT32)

        self.shape = self.op("Concat", [self.op("Shape", ["input_ids"]), self.integers(hidden)], axis=0)
        self.flat = self.integers(-1, hidden)
        self.mask = integers32("attention_mask")
        self.unpadded = self.op("Cast", [self.op("ReduceMin", ["attention_mask"], keepdims=0)], to=TensorProto.BOOL)
        names = [f"embeddings.{kind}_embeddings.weight" for kind in ("word", "position", "token_type")] + ["embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias"]
        x = self.op("EmbedLayerNormalization", [integers32("input_ids"), integers32("token_type_ids")] + [self.weight(name) for name in names], 2, MICROSOFT, epsilon=epsilon)[0]
        return self.op("Reshape", [x, self.flat])

    def linear(self, x, name):
        if not self.int8:
            return self.op("Gemm", [x, self.weight(name + ".weight"), self.weight(name + ".bias")], transB=1)
        (values, value_scale, value_zero), (weight, scale, zero) = self.quantize(x), self.columns(name)
        return self.op("MatMulIntegerToFloat", [values, weight, value_scale, scale, value_zero, zero, self.weight(name + ".bias")], domain=MICROSOFT)

    def gelu_linear(self, x, name):
        if self.int8:
            return self.op("Gelu", [self.linear(x, name)], domain=MICROSOFT)
        weight = self.constant(name + ".transposed", self.tensors[name + ".weight"].T)
        return self.op("BiasGelu", [self.op("MatMul", [x, weight]), self.weight(name + ".bias")], domain=MICROSOFT)

    def attend(self, query, key, value, heads):
        rows = [self.op("Reshape", [x, self.shape]) for x in (query, key, value)]
        branches = {}
        for branch, inputs in (("then_branch", rows), ("else_branch", rows + ["", self.mask])):
            result = f"{branch}_{len(self.nodes)}"
            node = helper.make_node("MultiHeadAttention", inputs, [result], name=result, domain=MICROSOFT, num_heads=heads)
            branches[branch] = helper.make_graph([node], result, [], [helper.make_tensor_value_info(result, TensorProto.FLOAT, None)])
        return self.op("Reshape", [self.op("If", [self.unpadded], **branches), self.flat])

    def finish(self, x):
        return self.op("Reshape", [x, self.shape])


class Plain(Writer):
    """The graph that exporters write, int8 after ONNX Runtime's quantizer."""

    def embed(self, hidden, epsilon):
        self.hidden = hidden
        length = self.op("Slice", [self.op("Shape", ["input_ids"]), self.integers(1), self.integers(2)])
        positions = self.op("Slice", [self.constant("positions", np.arange(len(self.tensors["embeddings.position_embeddings.weight"]), dtype=np.int64)), self.integers(0), length])
        x = self.op("Gather", [self.weight("embeddings.word_embeddings.weight"), "input_ids"])
        x = self.op("Add", [x, self.op("Gather", [self.weight("embeddings.token_type_embeddings.weight"), "token_type_ids"])])
        x = self.op("Add", [x, self.op("Gather", [self.weight("embeddings.position_embeddings.weight"), positions])])
        real = self.op("Cast", [self.op("Unsqueeze", ["attention_mask", self.integers(1, 2)])], to=TensorProto.FLOAT)
        self.mask = self.op("Mul", [self.op("Sub", [self.number(1), real]), self.number(-10000)])
        return self.norm(x, "embeddings.LayerNorm", epsilon)

    def linear(self, x, name):
        if self.int8:
            (values, value_scale, value_zero), (weight, scale, zero) = self.quantize(x), self.columns(name)
            whole = self.op("Cast", [self.op("MatMulInteger", [values, weight, value_zero, zero])], to=TensorProto.FLOAT)
            product = self.op("Mul", [whole, self.op("Mul", [value_scale, scale])])
        else:
            product = self.op("MatMul", [x, self.constant(name + ".transposed", self.tensors[name + ".weight"].T)])
        return self.op("Add", [product, self.weight(name + ".bias")])

    def gelu_linear(self, x, name):
        y = self.linear(x, name)
        erf = self.op("Erf", [self.op("Div", [y, self.number(np.sqrt(2))])])
        return self.op("Mul", [self.op("Mul", [y, self.op("Add", [erf, self.number(1)])]), self.number(0.5)])

    def attend(self, query, key, value, heads):
        split = self.integers(0, 0, heads, self.hidden // heads)
        query, key, value = (self.op("Transpose", [self.op("Reshape", [x, split])], perm=order) for x, order in ((query, [0, 2, 1, 3]), (key, [0, 2, 3, 1]), (value, [0, 2, 1, 3])))
        scores = self.op("Div", [self.op("MatMul", [query, key]), self.number(np.sqrt(self.hidden // heads))])
        weights = self.op("Softmax", [self.op("Add", [scores, self.mask])], axis=-1)
        return self.op("Reshape", [self.op("Transpose", [self.op("MatMul", [weights, value])], perm=[0, 2, 1, 3]), self.integers(0, 0, self.hidden)])

    def finish(self, x):
        return x


def main(folder, out, *words):
    if unknown := set(words) - {"int8", "plain"}:
        sys.exit(f"Unknown: {' '.join(unknown)}; expected int8, plain or nothing.")
    config, tensors = read_checkpoint(folder)
    hidden, heads, epsilon = config["hidden_size"], config["num_attention_heads"], config.get("layer_norm_eps", 1e-12)
    writer = (Plain if "plain" in words else Fused)(tensors, "int8" in words)
    x = writer.embed(hidden, epsilon)
    for layer in (f"encoder.layer.{i}." for i in range(config["num_hidden_layers"])):
        attended = writer.attend(*(writer.linear(x, f"{layer}attention.self.{part}") for part in ("query", "key", "value")), heads)
        x = writer.norm(writer.op("Add", [writer.linear(attended, layer + "attention.output.dense"), x]), layer + "attention.output.LayerNorm", epsilon)
        fed = writer.linear(writer.gelu_linear(x, layer + "intermediate.dense"), layer + "output.dense")
        x = writer.norm(writer.op("Add", [fed, x]), layer + "output.LayerNorm", epsilon)
    writer.nodes.append(helper.make_node("Identity", [writer.finish(x)], ["last_hidden_state"]))
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in ("input_ids", "attention_mask", "token_type_ids")]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "length", hidden])
    graph = helper.make_graph(writer.nodes, "bert", inputs, [output], list(writer.constants.values()))
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)], ir_version=8), out)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
