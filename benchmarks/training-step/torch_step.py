"""A training step of a BERT-shaped classifier in PyTorch: python3 torch_step.py LAYERS HIDDEN fp32|bf16 STEPS [DROPOUT]
As a PyTorch user writes it: explicit attention, autocast for bf16, torch.optim.AdamW, clip_grad_norm_."""
import math, statistics, sys, time
import torch, torch.nn as nn, torch.nn.functional as F

torch.set_num_threads(2)
torch.manual_seed(0)
layers, hidden, precision, steps = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
dropout = float(sys.argv[5]) if len(sys.argv) > 5 else 0.0
heads, vocabulary, rows, length = 12, 30522, 32, 128


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(hidden, hidden) for _ in range(4))
        self.up, self.down = nn.Linear(hidden, 4 * hidden), nn.Linear(4 * hidden, hidden)
        self.norm1, self.norm2 = nn.LayerNorm(hidden, eps=1e-12), nn.LayerNorm(hidden, eps=1e-12)

    def forward(self, x):
        split = lambda t: t.view(rows, length, heads, hidden // heads).transpose(1, 2)
        q, k, v = split(self.q(x)), split(self.k(x)), split(self.v(x))
        drop = lambda t: F.dropout(t, dropout, self.training)
        p = drop(torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(hidden // heads), -1))
        x = self.norm1(x + drop(self.o((p @ v).transpose(1, 2).reshape(rows, length, hidden))))
        return self.norm2(x + drop(self.down(F.gelu(self.up(x)))))


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.word, self.position = nn.Embedding(vocabulary, hidden), nn.Embedding(512, hidden)
        self.norm, self.layers, self.head = nn.LayerNorm(hidden, eps=1e-12), nn.ModuleList(Layer() for _ in range(layers)), nn.Linear(hidden, 2)

    def forward(self, ids):
        x = F.dropout(self.norm(self.word(ids) + self.position(torch.arange(length))), dropout, self.training)
        for layer in self.layers:
            x = layer(x)
        return self.head(x.mean(1))


model = Classifier()
ids, labels = torch.randint(5, vocabulary, (rows, length)), torch.randint(0, 2, (rows,))
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, weight_decay=0.01)


def step():
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
        loss = F.cross_entropy(model(ids).float(), labels)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    start = time.perf_counter()
    optimizer.step()
    return time.perf_counter() - start


step()
times, adam = [], []
for _ in range(steps):
    start = time.perf_counter()
    adam.append(step() * 1000)
    times.append((time.perf_counter() - start) * 1000)
print(f"torch {torch.__version__} {layers}x{hidden} dropout {dropout} {precision} median_ms {statistics.median(times):.1f} min {min(times):.1f} max {max(times):.1f} tok/s {rows * length / statistics.median(times) * 1000:.0f} of it AdamW {statistics.median(adam):.1f}", flush=True)
