#!/usr/bin/python3
"""What one contrastive step, and ten AdamW steps, must give: by PyTorch (Debian's python3-torch) in float64.

The models are the folders of ml/testing/models; their forward passes come from make-model-fixtures.py, which is written from the
published definitions. Results go to fixtures/<model>.safetensors: `gradient:` of every trained tensor, `after:` the weights after ten
steps, and for LoRA `start:` the adapters' first values. Run again only to change a case; the tests need no Python.
"""
import importlib.util
import json
import math
import struct
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

HERE = Path(__file__).parent
ML = HERE.parent.parent / "ml" / "testing"
spec = importlib.util.spec_from_file_location("models", ML / "make-model-fixtures.py")
models = importlib.util.module_from_spec(spec)
spec.loader.exec_module(models)

GROUP, TAU, STEPS, LR, DECAY, MAX_NORM = 3, 0.05, 10, 1e-3, 0.01, 1.0
QUERIES = [4, 9, 6, 3]
PASSAGES = [12, 5, 8, 3, 15, 7, 6, 6, 11, 4, 9, 13]
RANK, ALPHA = 3, 6


def read_safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header, body, tensors = json.loads(data[8 : 8 + length]), data[8 + length :], {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        if entry["dtype"] == "BF16":
            bits = np.frombuffer(body[begin:end], dtype=np.uint16).astype(np.uint32) << 16
            values = bits.view(np.float32)
        else:
            values = np.frombuffer(body[begin:end], dtype={"F16": np.float16, "F32": np.float32}[entry["dtype"]])
        tensors[name] = torch.tensor(values.astype(np.float64)).view(entry["shape"])
    return tensors


def texts(seed, vocabulary, lengths):
    rng = np.random.default_rng(seed)
    return [rng.integers(5, vocabulary, size=n).tolist() for n in lengths]


def info_nce(encode, queries, passages):
    vectors = lambda rows: torch.stack([F.normalize(encode(torch.tensor(ids)).mean(0), dim=0) for ids in rows])
    scores = vectors(queries) @ vectors(passages).T / TAU
    return F.cross_entropy(scores, torch.arange(len(queries)) * GROUP)


def steps(parameters, loss_of):
    loss = loss_of()
    gradients = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    out = {f"gradient:{name}": g for name, g in zip(parameters, gradients) if g is not None}
    used = {name: p for (name, p), g in zip(parameters.items(), gradients) if g is not None}
    groups = [
        {"params": [p for p in used.values() if p.dim() > 1], "weight_decay": DECAY},
        {"params": [p for p in used.values() if p.dim() == 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW([g for g in groups if g["params"]], lr=LR)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss_of().backward()
        torch.nn.utils.clip_grad_norm_(list(used.values()), MAX_NORM)
        optimizer.step()
    out.update({f"after:{name}": p.detach() for name, p in used.items()})
    return loss.item(), out


def save(name, batch, loss, tensors):
    models.write_safetensors(HERE / "fixtures" / f"{name}.safetensors", {k: v.detach().float() for k, v in tensors.items()}, "F32")
    queries, passages = batch
    settings = {"group": GROUP, "temperature": TAU, "steps": STEPS, "learningRate": LR, "weightDecay": DECAY, "maxNorm": MAX_NORM, "rank": RANK, "alpha": ALPHA}
    (HERE / "fixtures" / f"{name}.json").write_text(json.dumps({"queries": queries, "passages": passages, "loss": loss, **settings}))


def bert():
    config = json.loads((ML / "models/bert/config.json").read_text())
    weights = models.Weights(0, "F32")
    weights.tensors = read_safetensors(ML / "models/bert/model.safetensors")
    for tensor in weights.tensors.values():
        tensor.requires_grad_()
    c = {**models.BERT, "vocab": config["vocab_size"]}
    batch = texts(5, config["vocab_size"], QUERIES), texts(6, config["vocab_size"], PASSAGES)
    loss, tensors = steps(weights.tensors, lambda: info_nce(lambda ids: models.post_norm("bert", c, weights, ids), *batch))
    save("bert", batch, loss, tensors)


class Adapted(models.Weights):
    """Adds scale * B A x to the projections."""

    def apply(self, name, x):
        y = super().apply(name, x)
        if name + ".lora_A.weight" not in self.adapters:
            return y
        return y + ALPHA / RANK * F.linear(F.linear(x, self.adapters[name + ".lora_A.weight"]), self.adapters[name + ".lora_B.weight"])


def qwen():
    config = json.loads((ML / "models/qwen3-bidirectional/config.json").read_text())
    weights = Adapted(0, "F32")
    weights.tensors = read_safetensors(ML / "models/qwen3-bidirectional/model.safetensors")
    random = torch.Generator().manual_seed(3)
    weights.adapters = {}
    for name, tensor in weights.tensors.items():
        if not name.endswith("_proj.weight"):
            continue
        layer = name[: -len(".weight")]
        for part, shape in (("A", (RANK, tensor.shape[1])), ("B", (tensor.shape[0], RANK))):
            value = torch.randn(*shape, generator=random) / math.sqrt(shape[1]) * (0.1 if part == "B" else 1)
            weights.adapters[f"{layer}.lora_{part}.weight"] = value.double().requires_grad_()
    start = {f"start:{name}": value.detach().clone() for name, value in weights.adapters.items()}
    c = {"hidden": config["hidden_size"], "layers": config["num_hidden_layers"], "heads": config["num_attention_heads"], "kv": config["num_key_value_heads"],
         "head": config["head_dim"], "ffn": config["intermediate_size"], "vocab": config["vocab_size"], "eps": config["rms_norm_eps"], "theta": config["rope_theta"]}
    batch = texts(7, config["vocab_size"], QUERIES), texts(8, config["vocab_size"], PASSAGES)
    loss, tensors = steps(weights.adapters, lambda: info_nce(lambda ids: models.decoder("qwen3", c, weights, ids, False), *batch))
    save("qwen3-bidirectional", batch, loss, {**start, **tensors})


if __name__ == "__main__":
    (HERE / "fixtures").mkdir(exist_ok=True)
    bert()
    qwen()
