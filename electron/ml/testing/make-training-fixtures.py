#!/usr/bin/python3
"""Golden values for losses and AdamW from PyTorch (Debian's python3-torch), written to fixtures/*.json.

Run it again only to add cases: the files are committed, the tests need no Python.
"""
import json
import pathlib

import torch
import torch.nn.functional as F

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
torch.manual_seed(11)
QUERIES, GROUP, SIZE, TAU = 4, 3, 6, 0.05


def plain(tensor):
    """Numbers that survive a round trip through float32."""
    return [float(f"{x:.9g}") for x in tensor.detach().double().flatten().tolist()]


def float32(tensor):
    return tensor.float().double()


def unit(rows):
    return float32(F.normalize(torch.randn(rows, SIZE, dtype=torch.float64), dim=1))


def losses():
    queries, passages = unit(QUERIES), unit(QUERIES * GROUP)
    columns = QUERIES * GROUP
    one = torch.zeros(QUERIES, columns, dtype=torch.float64)
    one[torch.arange(QUERIES), torch.arange(QUERIES) * GROUP] = 1
    several = one.clone()
    several[0, 1] = several[2, 7] = several[2, 8] = several[3, 0] = 1
    excluded = torch.zeros(QUERIES, columns, dtype=torch.float64)
    excluded[0, 4] = excluded[1, 0] = excluded[3, 6] = excluded[3, 2] = 1
    own_one, own_several = torch.zeros(QUERIES, GROUP).double(), torch.zeros(QUERIES, GROUP).double()
    own_one[:, 0] = 1
    own_several[:, 0] = own_several[1, 2] = 1
    own_excluded = torch.zeros(QUERIES, GROUP).double()
    own_excluded[2, 1] = 1
    teacher = float32(torch.randn(QUERIES, GROUP, dtype=torch.float64) * 2)
    rows = torch.arange(QUERIES)
    hide = lambda scores, mask: scores.masked_fill(mask > 0, -1e4)

    def all_scores(q, p):
        return q @ p.T / TAU

    def own_scores(q, p):
        return torch.einsum("qs,qgs->qg", q, p.view(QUERIES, GROUP, SIZE)) / TAU

    def in_batch(q, p):
        return F.cross_entropy(hide(all_scores(q, p), excluded), rows * GROUP)

    def back(q, p):
        scores = all_scores(q, p).T[rows * GROUP]
        mask = excluded.T[rows * GROUP].clone()
        mask[rows, rows] = 0
        return F.cross_entropy(hide(scores, mask), rows)

    def kl(student, temperature):
        target = F.softmax(teacher / temperature, dim=1)
        return F.kl_div(F.log_softmax(student, dim=1), target, reduction="batchmean")

    def m3(q, p):
        scores, target, loss = all_scores(q, p), F.softmax(teacher, dim=1), 0
        mask = torch.zeros_like(scores)
        for member in range(GROUP):
            label = rows * GROUP + member
            loss = loss + (target[:, member] * F.cross_entropy(scores + mask, label, reduction="none")).mean()
            mask = mask.scatter(1, label[:, None], -1e4)
        return loss

    def joint(scores, positives, mask):
        log_probability = F.log_softmax(hide(scores, mask), dim=1)
        return (-(log_probability * positives).sum(1) / positives.sum(1)).mean()

    def marginal(scores, positives, mask):
        log_probability = F.log_softmax(hide(scores, mask), dim=1)
        return -torch.logsumexp(log_probability.masked_fill(positives == 0, -1e9), dim=1).mean()

    def pairwise(scores, positives, mask):
        total = 0
        for query in range(QUERIES):
            positive = scores[query][positives[query] > 0]
            negative = scores[query][(positives[query] == 0) & (mask[query] == 0)]
            total = total + torch.log1p(torch.exp(negative[None, :] - positive[:, None]).sum())
        return total / QUERIES

    def matryoshka(q, p):
        small = lambda x: F.normalize(x[:, :2], dim=1)
        return in_batch(q, p) + 0.5 * in_batch(small(q), small(p))

    base = {"temperature": TAU, "group": GROUP, "negatives": "in-batch"}
    own = {**base, "negatives": "own-group"}
    cases = {
        "InfoNCE in the batch": (base, in_batch, one, excluded),
        "InfoNCE both ways": ({**base, "bothWays": True}, lambda q, p: (in_batch(q, p) + back(q, p)) / 2, one, excluded),
        "InfoNCE in the own group": (own, lambda q, p: F.cross_entropy(hide(own_scores(q, p), own_excluded), rows * 0), own_one, own_excluded),
        "joint likelihood": ({**base, "positives": "joint"}, lambda q, p: joint(all_scores(q, p), several, excluded), several, excluded),
        "summed marginal likelihood": ({**base, "positives": "marginal"}, lambda q, p: marginal(all_scores(q, p), several, excluded), several, excluded),
        "log-sum-exp pairwise": ({**base, "positives": "pairwise"}, lambda q, p: pairwise(all_scores(q, p), several, excluded), several, excluded),
        "pairwise in the own group": ({**own, "positives": "pairwise"}, lambda q, p: pairwise(own_scores(q, p), own_several, own_excluded), own_several, own_excluded),
        "InfoNCE plus listwise distillation": (
            {**base, "distillation": {"kind": "listwise", "weight": 0.7, "teacherTemperature": 2}},
            lambda q, p: in_batch(q, p) + 0.7 * kl(own_scores(q, p), 2),
            one,
            excluded,
        ),
        "listwise distillation alone": (
            {**own, "contrastiveWeight": 0, "distillation": {"kind": "listwise", "weight": 1}},
            lambda q, p: kl(own_scores(q, p), 1),
            own_one,
            own_excluded,
        ),
        "M3 distillation alone": ({**base, "contrastiveWeight": 0, "distillation": {"kind": "m3", "weight": 1}}, m3, one, excluded),
        "Matryoshka": ({**base, "matryoshka": [{"size": SIZE}, {"size": 2, "weight": 0.5}]}, matryoshka, one, excluded),
    }
    result = {"queries": plain(queries), "passages": plain(passages), "teacherScores": plain(teacher), "count": QUERIES, "size": SIZE, "cases": []}
    for name, (objective, function, positives, mask) in cases.items():
        q, p = queries.clone().requires_grad_(), passages.clone().requires_grad_()
        loss = function(q, p)
        dq, dp = torch.autograd.grad(loss, (q, p))
        result["cases"].append({
            "name": name, "objective": objective, "positives": plain(positives), "excluded": plain(mask),
            "loss": plain(loss)[0], "queriesGradient": plain(dq), "passagesGradient": plain(dp),
        })
    return result


def masked_next_token():
    tokens, hidden, vocabulary = 7, 5, 9
    x, head = (float32(torch.randn(n, hidden, dtype=torch.float64)).requires_grad_() for n in (tokens, vocabulary))
    rows, labels = torch.tensor([0, 2, 2, 5, 0]), torch.tensor([3, 8, 0, 3, 0])
    weights = torch.tensor([1.0, 1, 1, 1, 0]).double()
    losses = F.cross_entropy(x[rows] @ head.T, labels, reduction="none")
    loss = (losses * weights).sum() / weights.sum()
    dx, dhead = torch.autograd.grad(loss, (x, head))
    return {
        "tokens": tokens, "hidden": hidden, "vocabulary": vocabulary, "x": plain(x), "head": plain(head),
        "rows": rows.tolist(), "labels": labels.tolist(), "weights": weights.tolist(),
        "loss": plain(loss)[0], "dx": plain(dx), "dhead": plain(dhead),
    }


def adamw():
    """Ten steps with clipping, a matrix with weight decay and a bias without."""
    shapes = {"dense.weight": (3, 4), "dense.bias": (4,)}
    weights = {name: torch.nn.Parameter(torch.randn(*shape)) for name, shape in shapes.items()}
    start = {name: plain(weight) for name, weight in weights.items()}
    settings = {"beta1": 0.9, "beta2": 0.98, "epsilon": 1e-6, "weightDecay": 0.1, "maxNorm": 1.5}
    optimizer = torch.optim.AdamW(
        [{"params": [weights["dense.weight"]], "weight_decay": settings["weightDecay"]}, {"params": [weights["dense.bias"]], "weight_decay": 0.0}],
        lr=0, betas=(settings["beta1"], settings["beta2"]), eps=settings["epsilon"],
    )
    steps = []
    for step in range(10):
        learning_rate = 0.05 * (step + 1) / 10
        for name, weight in weights.items():
            weight.grad = torch.randn_like(weight) * (3 if step % 2 else 0.2)
        gradients = {name: plain(weight.grad) for name, weight in weights.items()}
        norm = torch.nn.utils.clip_grad_norm_(weights.values(), settings["maxNorm"])
        for group in optimizer.param_groups:
            group["lr"] = learning_rate
        optimizer.step()
        steps.append({"learningRate": learning_rate, "gradients": gradients, "norm": plain(norm)[0], "weights": {name: plain(weight) for name, weight in weights.items()}})
    return {"shapes": {name: list(shape) for name, shape in shapes.items()}, "start": start, "settings": settings, "steps": steps}


if __name__ == "__main__":
    FIXTURES.mkdir(exist_ok=True)
    for name, content in {"losses": losses(), "masked-next-token": masked_next_token(), "adamw": adamw()}.items():
        (FIXTURES / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")
