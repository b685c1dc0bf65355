"""Training steps of the 33 M shape in PyTorch: forward, backward and AdamW, milliseconds each step on standard output.

Written with plain modules, as transformers does it: Debian has torch but not transformers. Usage: pytorch-minilm.py STEPS THREADS
"""
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

HIDDEN, LAYERS, HEADS, WIDE, VOCABULARY, POSITIONS = 384, 12, 12, 1536, 30522, 512


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(HIDDEN, HIDDEN) for _ in range(4))
        self.up, self.down = nn.Linear(HIDDEN, WIDE), nn.Linear(WIDE, HIDDEN)
        self.norm1, self.norm2 = nn.LayerNorm(HIDDEN, eps=1e-12), nn.LayerNorm(HIDDEN, eps=1e-12)

    def forward(self, x):
        batch, tokens, _ = x.shape
        q, k, v = (f(x).view(batch, tokens, HEADS, -1).transpose(1, 2) for f in (self.query, self.key, self.value))
        weights = torch.softmax(q @ k.transpose(-1, -2) / (HIDDEN // HEADS) ** 0.5, -1)
        mixed = (weights @ v).transpose(1, 2).reshape(batch, tokens, HIDDEN)
        x = self.norm1(x + self.output(mixed))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.positions = nn.Embedding(VOCABULARY, HIDDEN), nn.Embedding(POSITIONS, HIDDEN)
        self.types, self.norm = nn.Embedding(2, HIDDEN), nn.LayerNorm(HIDDEN, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, ids):
        x = self.norm(self.words(ids) + self.positions.weight[: ids.shape[1]] + self.types.weight[0])
        for layer in self.layers:
            x = layer(x)
        return F.normalize(x.mean(1), dim=-1)


torch.set_num_threads(int(sys.argv[2]))
torch.manual_seed(1)
model = Encoder()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)
queries, passages = torch.randint(0, VOCABULARY, (8, 32)), torch.randint(0, VOCABULARY, (16, 128))
for _ in range(int(sys.argv[1])):
    started = time.perf_counter()
    scores = model(queries) @ model(passages).T / 0.01
    F.cross_entropy(scores, torch.arange(8) * 2).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    print((time.perf_counter() - started) * 1000, flush=True)
