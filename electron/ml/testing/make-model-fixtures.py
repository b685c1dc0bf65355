"""Writes testing/models/: tiny random Hugging Face folders and what they must compute.

The forward passes here are written from the published definitions of the architectures, in float64, without looking at
the graphs they check and without the transformers library. Needs torch and numpy only:

    python3 electron/ml/testing/make-model-fixtures.py
"""

import json
import math
import shutil
import struct
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

HERE = Path(__file__).parent
OUT = HERE / "models"
TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
LENGTHS = [7, 12, 3, 9]


def write_safetensors(path, tensors, dtype):
    """The format by hand: 8-byte header length, JSON, bytes."""
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in tensors.items():
        stored = tensor.to(TYPES[dtype]) if tensor.is_floating_point() else tensor
        kind = dtype if tensor.is_floating_point() else "I64"
        raw = stored.view(torch.int16).numpy().tobytes() if dtype == "BF16" and kind == dtype else stored.numpy().tobytes()
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [offset, offset + len(raw)]}
        blobs.append(raw)
        offset += len(raw)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


class Weights:
    """Random tensors, rounded to the stored type so that file and reference agree exactly."""

    def __init__(self, seed, dtype):
        self.rng, self.dtype, self.tensors = torch.Generator().manual_seed(seed), dtype, {}

    def make(self, name, *shape, scale=None):
        is_norm = len(shape) == 1 and name.endswith("weight")
        value = torch.randn(*shape, generator=self.rng, dtype=torch.float32)
        value = value * (scale if scale else 0.2 if len(shape) == 1 else 1.6 / math.sqrt(shape[-1])) + (1.0 if is_norm else 0.0)
        self.tensors[name] = value.to(TYPES[self.dtype]).double()
        return self.tensors[name]

    def linear(self, name, outputs, inputs, bias=True):
        self.make(name + ".weight", outputs, inputs)
        if bias:
            self.make(name + ".bias", outputs)

    def norm(self, name, size, bias=True):
        self.make(name + ".weight", size)
        if bias:
            self.make(name + ".bias", size)

    def __getitem__(self, name):
        return self.tensors[name]

    def apply(self, name, x):
        return F.linear(x, self[name + ".weight"], self.tensors.get(name + ".bias"))

    def layer_norm(self, name, x, eps):
        weight = self[name + ".weight"]
        return F.layer_norm(x, weight.shape, weight, self.tensors.get(name + ".bias"), eps)

    def rms_norm(self, name, x, eps):
        return x / torch.sqrt(x.pow(2).mean(-1, keepdim=True) + eps) * self[name + ".weight"]


def softmax_attention(q, k, v, allowed):
    """[heads, tokens, size] each; allowed [tokens, tokens] or an additive float tensor."""
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if allowed.dtype == torch.bool:
        scores = scores.masked_fill(~allowed, float("-inf"))
    else:
        scores = scores + allowed
    return torch.softmax(scores, -1) @ v


def heads(x, count):
    return x.view(x.shape[0], count, -1).transpose(0, 1)


def merge(x):
    return x.transpose(0, 1).reshape(x.shape[1], -1)


def post_norm(kind, c, w, ids, types=None):
    """One text at a time, no padding: what every padded batch must agree with."""
    n = len(ids)
    names = {
        "mpnet": ("encoder.layer", "attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o", "attention.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"),
        "distilbert": ("transformer.layer", "attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm"),
    }.get(kind, ("encoder.layer", "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"))
    block, q, k, v, o, ln1, up, down, ln2 = names
    eps = c["eps"]
    if not w.tensors:
        w.make("embeddings.word_embeddings.weight", c["vocab"], c["hidden"], scale=0.8)
        w.make("embeddings.position_embeddings.weight", c["positions"], c["hidden"], scale=0.5)
        if c["types"]:
            w.make("embeddings.token_type_embeddings.weight", c["types"], c["hidden"], scale=0.5)
        w.norm("embeddings.LayerNorm", c["hidden"])
        for i in range(c["layers"]):
            p = f"{block}.{i}."
            for name in (q, k, v, o):
                w.linear(p + name, c["hidden"], c["hidden"])
            w.norm(p + ln1, c["hidden"])
            w.linear(p + up, c["ffn"], c["hidden"])
            w.linear(p + down, c["hidden"], c["ffn"])
            w.norm(p + ln2, c["hidden"])
        if kind == "mpnet":
            w.make("encoder.relative_attention_bias.weight", 32, c["heads"], scale=1.0)
    x = w["embeddings.word_embeddings.weight"][ids]
    x = x + w["embeddings.position_embeddings.weight"][torch.arange(n) + c["offset"]]
    if c["types"]:
        x = x + w["embeddings.token_type_embeddings.weight"][torch.zeros(n, dtype=torch.long) if types is None else types]
    x = w.layer_norm("embeddings.LayerNorm", x, eps)
    bias = torch.ones(n, n, dtype=torch.bool)
    if kind == "mpnet":
        bias = w["encoder.relative_attention_bias.weight"][mpnet_buckets(n)].permute(2, 0, 1)
    for i in range(c["layers"]):
        p = f"{block}.{i}."
        h = [heads(w.apply(p + name, x), c["heads"]) for name in (q, k, v)]
        x = w.layer_norm(p + ln1, x + w.apply(p + o, merge(softmax_attention(*h, bias))), eps)
        x = w.layer_norm(p + ln2, x + w.apply(p + down, F.gelu(w.apply(p + up, x))), eps)
    return x


def mpnet_buckets(n):
    """relative_position_bucket of the MPNet release (num_buckets 32, max_distance 128)."""
    relative = torch.arange(n)[None, :] - torch.arange(n)[:, None]
    buckets, ret, m = 16, torch.zeros(n, n, dtype=torch.long), -relative
    ret = ret + (m < 0).long() * buckets
    m = m.abs()
    exact = buckets // 2
    large = exact + (torch.log(m.float() / exact) / math.log(128 / exact) * (buckets - exact)).long()
    return ret + torch.where(m < exact, m, torch.minimum(large, torch.full_like(large, buckets - 1)))


def rotate(x, theta, scaling=None):
    """[heads, tokens, size], rotate-half."""
    size = x.shape[-1]
    freq = 1.0 / theta ** (torch.arange(0, size, 2, dtype=torch.float64) / size)
    if scaling:
        wave = 2 * math.pi / freq
        low, high = scaling["original_max_position_embeddings"] / scaling["low_freq_factor"], scaling["original_max_position_embeddings"] / scaling["high_freq_factor"]
        smooth = (scaling["original_max_position_embeddings"] / wave - scaling["low_freq_factor"]) / (scaling["high_freq_factor"] - scaling["low_freq_factor"])
        middle = (1 - smooth) * freq / scaling["factor"] + smooth * freq
        freq = torch.where(wave > low, freq / scaling["factor"], torch.where(wave < high, freq, middle))
    angles = torch.arange(x.shape[1], dtype=torch.float64)[:, None] * freq
    angles = torch.cat([angles, angles], -1)
    turned = torch.cat([-x[..., size // 2 :], x[..., : size // 2]], -1)
    return x * angles.cos() + turned * angles.sin()


def decoder(kind, c, w, ids, causal):
    n, p0, size = len(ids), c.get("prefix", ""), c["head"]
    qkv_bias = kind == "qwen2"
    if not w.tensors:
        w.make(p0 + "embed_tokens.weight", c["vocab"], c["hidden"], scale=0.8)
        for i in range(c["layers"]):
            p = f"{p0}layers.{i}."
            w.norm(p + "input_layernorm", c["hidden"], bias=False)
            w.norm(p + "post_attention_layernorm", c["hidden"], bias=False)
            w.linear(p + "self_attn.q_proj", c["heads"] * size, c["hidden"], qkv_bias)
            w.linear(p + "self_attn.k_proj", c["kv"] * size, c["hidden"], qkv_bias)
            w.linear(p + "self_attn.v_proj", c["kv"] * size, c["hidden"], qkv_bias)
            w.linear(p + "self_attn.o_proj", c["hidden"], c["heads"] * size, False)
            if kind == "qwen3":
                w.norm(p + "self_attn.q_norm", size, bias=False)
                w.norm(p + "self_attn.k_norm", size, bias=False)
            w.linear(p + "mlp.gate_proj", c["ffn"], c["hidden"], False)
            w.linear(p + "mlp.up_proj", c["ffn"], c["hidden"], False)
            w.linear(p + "mlp.down_proj", c["hidden"], c["ffn"], False)
        w.norm(p0 + "norm", c["hidden"], bias=False)
    allowed = torch.ones(n, n, dtype=torch.bool)
    if causal:
        allowed = torch.tril(allowed)
    x = w[p0 + "embed_tokens.weight"][ids]
    for i in range(c["layers"]):
        p = f"{p0}layers.{i}."
        h = w.rms_norm(p + "input_layernorm", x, c["eps"])
        q = heads(w.apply(p + "self_attn.q_proj", h), c["heads"])
        k = heads(w.apply(p + "self_attn.k_proj", h), c["kv"])
        v = heads(w.apply(p + "self_attn.v_proj", h), c["kv"])
        if kind == "qwen3":
            q, k = w.rms_norm(p + "self_attn.q_norm", q, c["eps"]), w.rms_norm(p + "self_attn.k_norm", k, c["eps"])
        q, k = rotate(q, c["theta"], c.get("scaling")), rotate(k, c["theta"], c.get("scaling"))
        repeat = c["heads"] // c["kv"]
        k, v = k.repeat_interleave(repeat, 0), v.repeat_interleave(repeat, 0)
        x = x + w.apply(p + "self_attn.o_proj", merge(softmax_attention(q, k, v, allowed)))
        h = w.rms_norm(p + "post_attention_layernorm", x, c["eps"])
        x = x + w.apply(p + "mlp.down_proj", F.silu(w.apply(p + "mlp.gate_proj", h)) * w.apply(p + "mlp.up_proj", h))
    return w.rms_norm(p0 + "norm", x, c["eps"])


def modernbert(c, w, ids):
    n = len(ids)
    if not w.tensors:
        w.make("embeddings.tok_embeddings.weight", c["vocab"], c["hidden"], scale=0.8)
        w.norm("embeddings.norm", c["hidden"], bias=False)
        for i in range(c["layers"]):
            p = f"layers.{i}."
            if i > 0:
                w.norm(p + "attn_norm", c["hidden"], bias=False)
            w.linear(p + "attn.Wqkv", 3 * c["hidden"], c["hidden"], False)
            w.linear(p + "attn.Wo", c["hidden"], c["hidden"], False)
            w.norm(p + "mlp_norm", c["hidden"], bias=False)
            w.linear(p + "mlp.Wi", 2 * c["ffn"], c["hidden"], False)
            w.linear(p + "mlp.Wo", c["hidden"], c["ffn"], False)
        w.norm("final_norm", c["hidden"], bias=False)
    x = w.layer_norm("embeddings.norm", w["embeddings.tok_embeddings.weight"][ids], c["eps"])
    distance = (torch.arange(n)[None, :] - torch.arange(n)[:, None]).abs()
    for i in range(c["layers"]):
        p = f"layers.{i}."
        is_global = i % c["every"] == 0
        h = x if i == 0 else w.layer_norm(p + "attn_norm", x, c["eps"])
        q, k, v = (heads(t, c["heads"]) for t in w.apply(p + "attn.Wqkv", h).chunk(3, -1))
        theta = c["global_theta"] if is_global else c["local_theta"]
        allowed = torch.ones(n, n, dtype=torch.bool) if is_global else distance <= c["window"] // 2
        x = x + w.apply(p + "attn.Wo", merge(softmax_attention(rotate(q, theta), rotate(k, theta), v, allowed)))
        a, b = w.apply(p + "mlp.Wi", w.layer_norm(p + "mlp_norm", x, c["eps"])).chunk(2, -1)
        x = x + w.apply(p + "mlp.Wo", F.gelu(a) * b)
    return w.layer_norm("final_norm", x, c["eps"])


def pool(kind, h):
    n = len(h)
    if kind == "cls":
        return h[0]
    if kind == "mean":
        return h.mean(0)
    if kind == "max":
        return h.max(0).values
    if kind == "mean_sqrt_len":
        return h.sum(0) / math.sqrt(n)
    if kind == "lasttoken":
        return h[-1]
    weights = torch.arange(1, n + 1, dtype=torch.float64)
    return (h * weights[:, None]).sum(0) / weights.sum()


def rounded(t):
    return [float(f"{v:.9g}") for v in t.flatten().tolist()]


def folder(name, tokenizer, config, modules=None, extra=None):
    path = OUT / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    (path / "tokenizer.json").write_text((HERE / "tokenizers" / tokenizer / "tokenizer.json").read_text())
    (path / "config.json").write_text(json.dumps(config, indent=1))
    for file, value in (extra or {}).items():
        (path / file).parent.mkdir(exist_ok=True)
        (path / file).write_text(json.dumps(value, indent=1))
    if modules:
        pooling, normalize = modules
        listed = [("0", "", "Transformer"), ("1", "1_Pooling", "Pooling")]
        if (extra or {}).get("2_Dense/config.json"):
            listed.append(("2", "2_Dense", "Dense"))
        if normalize:
            listed.append((str(len(listed)), f"{len(listed)}_Normalize", "Normalize"))
        (path / "modules.json").write_text(json.dumps([{"idx": int(i), "name": i, "path": p, "type": "sentence_transformers.models." + t} for i, p, t in listed]))
        (path / "1_Pooling").mkdir()
        flag = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens", "mean_sqrt_len": "mean_sqrt_len_tokens", "weightedmean": "weightedmean_tokens", "lasttoken": "lasttoken"}
        (path / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32, **{f"pooling_mode_{v}": k == pooling for k, v in flag.items()}}))
    return path


def vocabulary(tokenizer):
    data = json.loads((HERE / "tokenizers" / tokenizer / "tokenizer.json").read_text())
    vocab = data["model"]["vocab"]
    return max([len(vocab)] + [t["id"] + 1 for t in data["added_tokens"]])


def texts(seed, vocab, lengths=LENGTHS):
    rng = np.random.default_rng(seed)
    return [rng.integers(5, vocab, size=n).tolist() for n in lengths]


def embedding_case(name, tokenizer, seed, dtype, config, forward, pooling, normalize=True, extra=None, shards=0, rename=None, post=None, lengths=LENGTHS):
    vocab = config["vocab_size"]
    w = Weights(seed, dtype)
    batch = texts(seed, vocabulary(tokenizer), lengths)
    states = [forward(w, torch.tensor(ids)) for ids in batch]
    vectors = [pool(pooling, h) for h in states]
    path = folder(name, tokenizer, config, (pooling, normalize), extra)
    if post:
        vectors = post(path, vectors)
    tensors = {(rename(k) if rename else k): v for k, v in w.tensors.items()}
    if shards:
        keys = list(tensors)
        files = {}
        for s in range(shards):
            file = f"model-{s + 1:05d}-of-{shards:05d}.safetensors"
            part = {k: tensors[k] for k in keys[s::shards]}
            write_safetensors(path / file, part, dtype)
            files.update({k: file for k in part})
        (path / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": files}))
    else:
        write_safetensors(path / "model.safetensors", tensors, dtype)
    (path / "expected.json").write_text(json.dumps({"ids": batch, "vectors": [rounded(v) for v in vectors]}))
    assert vocab >= vocabulary(tokenizer)


BERT = dict(hidden=32, layers=2, heads=4, ffn=48, positions=40, types=2, offset=0, eps=1e-12)


def bert_config(kind, vocab, c=BERT, **more):
    return {"model_type": kind, "hidden_size": c["hidden"], "num_hidden_layers": c["layers"], "num_attention_heads": c["heads"], "intermediate_size": c["ffn"], "max_position_embeddings": c["positions"], "type_vocab_size": c["types"], "vocab_size": vocab, "hidden_act": "gelu", "layer_norm_eps": c["eps"], **more}


def main():
    wp, bpe, uni = vocabulary("word-piece"), vocabulary("byte-bpe"), vocabulary("unigram")

    c = {**BERT, "vocab": wp}
    embedding_case("bert", "word-piece", 1, "F32", bert_config("bert", wp), lambda w, ids: post_norm("bert", c, w, ids), "mean",
                   extra={"sentence_bert_config.json": {"max_seq_length": 24, "do_lower_case": False}})

    # A checkpoint of a task model: prefix, old names of the layer norms, unused heads, half precision.
    def old(name):
        return "bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    embedding_case("bert-f16", "word-piece", 2, "F16", bert_config("bert", wp), lambda w, ids: post_norm("bert", c, w, ids), "cls", rename=old)

    r = {**BERT, "vocab": uni, "types": 1, "offset": 2, "eps": 1e-5}
    embedding_case("xlm-roberta", "unigram", 3, "BF16", bert_config("xlm-roberta", uni, r, pad_token_id=1), lambda w, ids: post_norm("xlm-roberta", r, w, ids), "weightedmean",
                   extra={"config_sentence_transformers.json": {"prompts": {"query": "query: ", "passage": "passage: "}}})

    d = {**BERT, "vocab": wp, "types": 0}
    dense = {"2_Dense/config.json": {"in_features": 32, "out_features": 12, "bias": True, "activation_function": "torch.nn.modules.activation.Tanh"}}

    def project(path, vectors):
        head = Weights(99, "F32")
        head.linear("linear", 12, 32)
        write_safetensors(path / "2_Dense" / "model.safetensors", head.tensors, "F32")
        return [torch.tanh(head.apply("linear", v)) for v in vectors]
    embedding_case("distilbert", "word-piece", 4, "F16", {"model_type": "distilbert", "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48, "max_position_embeddings": 40, "vocab_size": wp, "activation": "gelu"},
                   lambda w, ids: post_norm("distilbert", d, w, ids), "max", extra=dense, post=project)

    m = {**BERT, "vocab": wp, "types": 0, "offset": 2, "eps": 1e-5, "positions": 202}
    embedding_case("mpnet", "word-piece", 5, "F16", bert_config("mpnet", wp, m, relative_attention_num_buckets=32), lambda w, ids: post_norm("mpnet", m, w, ids), "mean_sqrt_len", shards=2, normalize=False, lengths=[7, 180, 12])

    q = dict(hidden=32, layers=2, heads=4, kv=2, head=8, ffn=40, eps=1e-6, theta=1e6, vocab=bpe + 3)
    decoder_config = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "intermediate_size": 40, "vocab_size": bpe + 3, "rms_norm_eps": 1e-6, "hidden_act": "silu", "max_position_embeddings": 128, "rope_theta": 1e6, "tie_word_embeddings": True}
    embedding_case("qwen3", "byte-bpe", 6, "BF16", {**decoder_config, "model_type": "qwen3", "attention_bias": False}, lambda w, ids: decoder("qwen3", q, w, ids, True), "lasttoken",
                   extra={"config_sentence_transformers.json": {"prompts": {"query": "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:", "document": ""}, "similarity_fn_name": "cosine"}})
    embedding_case("qwen3-bidirectional", "byte-bpe", 6, "F16", {**decoder_config, "model_type": "qwen3", "attention_bias": False, "is_causal": False}, lambda w, ids: decoder("qwen3", q, w, ids, False), "mean")
    embedding_case("qwen2", "byte-bpe", 7, "F16", {k: v for k, v in {**decoder_config, "model_type": "qwen2"}.items() if k != "head_dim"}, lambda w, ids: decoder("qwen2", q, w, ids, True), "mean")
    scaling = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}
    l = {**q, "prefix": "model.", "theta": 100.0, "scaling": scaling, "eps": 1e-5}
    embedding_case("llama", "byte-bpe", 8, "F16", {**decoder_config, "model_type": "llama", "rope_theta": 100.0, "rope_scaling": scaling, "rms_norm_eps": 1e-5}, lambda w, ids: decoder("llama", l, w, ids, True), "mean")

    b = dict(hidden=32, layers=4, heads=4, ffn=24, eps=1e-5, vocab=wp, every=3, window=6, global_theta=160000.0, local_theta=10000.0)
    embedding_case("modernbert", "word-piece", 9, "F16", {"model_type": "modernbert", "hidden_size": 32, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 24, "vocab_size": wp, "norm_eps": 1e-5, "hidden_activation": "gelu", "max_position_embeddings": 64, "global_attn_every_n_layers": 3, "local_attention": 6, "global_rope_theta": 160000.0, "local_rope_theta": 10000.0},
                   lambda w, ids: modernbert(b, w, ids), "mean")

    cross_encoder("cross-encoder-bert", "word-piece", 10, "bert", {**BERT, "vocab": wp, "positions": 48})
    cross_encoder("cross-encoder-xlm-roberta", "unigram", 11, "xlm-roberta", {**BERT, "vocab": uni, "types": 1, "offset": 2, "eps": 1e-5})
    static(wp)


def cross_encoder(name, tokenizer, seed, kind, c):
    w = Weights(seed, "F16")
    batch = texts(seed, c["vocab"])
    types = [[0] * (len(ids) // 2) + [1] * (len(ids) - len(ids) // 2) for ids in batch]
    states = [post_norm(kind, c, w, torch.tensor(ids), torch.tensor(t) if c["types"] > 1 else None) for ids, t in zip(batch, types)]
    first = torch.stack([h[0] for h in states])
    prefix = "bert." if kind == "bert" else "roberta."
    tensors = {prefix + k: v for k, v in w.tensors.items()}
    if kind == "bert":
        w.linear("bert.pooler.dense", 32, 32)
        w.linear("classifier", 1, 32)
        scores = w.apply("classifier", torch.tanh(w.apply("bert.pooler.dense", first)))
        heads_ = ["bert.pooler.dense", "classifier"]
    else:
        w.linear("classifier.dense", 32, 32)
        w.linear("classifier.out_proj", 1, 32)
        scores = w.apply("classifier.out_proj", torch.tanh(w.apply("classifier.dense", first)))
        heads_ = ["classifier.dense", "classifier.out_proj"]
    for h in heads_:
        tensors[h + ".weight"], tensors[h + ".bias"] = w[h + ".weight"], w[h + ".bias"]
    architecture = "BertForSequenceClassification" if kind == "bert" else "XLMRobertaForSequenceClassification"
    path = folder(name, tokenizer, bert_config(kind, c["vocab"], c, pad_token_id=1 if kind != "bert" else 0, architectures=[architecture], id2label={"0": "LABEL_0"}))
    write_safetensors(path / "model.safetensors", tensors, "F16")
    (path / "expected.json").write_text(json.dumps({"ids": batch, "types": types, "scores": rounded(scores)}))


def static(vocab):
    """model2vec 0.7: table, one weight a token, tokens that share rows."""
    w = Weights(12, "F16")
    table = w.make("embeddings", 50, 16, scale=1.0)
    weights = w.make("weights", vocab, scale=0.5).abs()
    w.tensors["weights"] = weights
    mapping = torch.from_numpy(np.random.default_rng(12).integers(0, 50, size=vocab))
    batch = texts(12, vocab)
    vectors = [(table[mapping[ids]] * weights[ids][:, None]).mean(0) for ids in map(torch.tensor, batch)]
    path = folder("static", "word-piece", {"model_type": "model2vec", "normalize": True, "hidden_dim": 16})
    write_safetensors(path / "model.safetensors", {**w.tensors, "mapping": mapping}, "F16")
    (path / "expected.json").write_text(json.dumps({"ids": batch, "vectors": [rounded(v) for v in vectors]}))


main()
