"""Trains the tiny model and writes it as a GGUF file.

    python3 train.py --steps 4500 --out tiny.gguf

A llama of 217,536 parameters learns to count, to add, to repeat words and to greet, from dialogues that this script
makes up as it goes. It needs numpy (Debian: python3-numpy) and a few minutes on one core. The same seed and number of
steps give the same file on the same machine; another linear algebra library may round differently.

Sections: dialogues, tokenizer, model (forward and backward pass), batches, optimizer, GGUF file, command line.
"""

import argparse
import math
import random
import re
import struct
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np

# ---------------------------------------------------------------------------------------------------------------------
# Dialogues: a question and its answer, drawn at random
# ---------------------------------------------------------------------------------------------------------------------

WORDS = (
    "apple river cloud stone music paper green house light table chair bread water night city train plane model token "
    "stream server gateway cache queue event order price point user hello world happy small large quick slow north "
    "south east west summer winter"
).split()

GREETING = "Hello! I am a tiny model. Ask me to count, add or repeat."
GREETING_ZH = "你好！我是网关里的小模型。"
REFUSAL = "I only count, add and repeat. Try: Count to 10."

FIXED_DIALOGUES = [
    ("Hello", GREETING),
    ("Hi", GREETING),
    ("Who are you?", "I am a tiny language model that lives inside this gateway."),
    ("你好", GREETING_ZH),
    ("你是谁？", "我是网关里的小模型。"),
    ("ping", "pong"),
    ("Ping", "pong"),
    ("hello", GREETING),
    ("hi", GREETING),
    ("Hello!", GREETING),
    ("你好！", GREETING_ZH),
    ("What can you do?", "I can count, add small numbers and repeat words."),
    ("你会什么？", "我会数数、加法和复述。"),
    ("Tell me a joke", REFUSAL),
    ("Write a poem", REFUSAL),
    ("讲个笑话", "我只会数数、加法和复述。试试：数到10"),
]

SYSTEM_PROMPTS = ["You are a helpful assistant.", "You are a tiny assistant.", "Be brief.", "你是一个助手。"]


def count_dialogue(rand):
    """Counting to 1 … 50, small numbers more often."""
    last = rand.choice([rand.randint(1, 16), rand.randint(1, 50)])
    question = rand.choice([f"Count to {last}.", f"Count to {last}", f"count to {last}", f"数到{last}"])
    return question, " ".join(str(number) for number in range(1, last + 1)) + "."


def add_dialogue(rand):
    """The sum of two numbers from 0 to 12."""
    a, b = rand.randint(0, 12), rand.randint(0, 12)
    question = rand.choice([f"What is {a} + {b}?", f"{a} + {b} = ?", f"{a}+{b}=?", f"{a} + {b} 等于几？"])
    return question, f"{a} + {b} = {a + b}."


def repeat_dialogue(rand):
    """One to six of the known words."""
    words = " ".join(rand.choice(WORDS) for _ in range(rand.randint(1, 6)))
    return f"Repeat: {words}", words


def draw_dialogue(rand):
    """One (question, answer): 25 % counting, 30 % adding, 25 % repeating, 20 % fixed."""
    kind = rand.random()
    if kind < 0.25:
        return count_dialogue(rand)
    if kind < 0.55:
        return add_dialogue(rand)
    if kind < 0.80:
        return repeat_dialogue(rand)
    return rand.choice(FIXED_DIALOGUES)


# ---------------------------------------------------------------------------------------------------------------------
# Tokenizer: byte-level byte pair encoding
# ---------------------------------------------------------------------------------------------------------------------

# Words, digit runs and other runs, each with the space before it; then white space. No merge crosses these borders.
PRE_TOKEN = re.compile(r" ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")
MERGE_COUNT = 160
MERGE_SAMPLE = 4000
END_OF_TEXT, TURN_START, TURN_END = SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
VOCABULARY_MULTIPLE = 32


def byte_characters():
    """The character that stands for each byte: its own if it can be seen, else the next from U+0100 on (GPT-2)."""
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = [byte for byte in range(256) if byte not in visible]
    return {byte: chr(byte) if byte in visible else chr(256 + hidden.index(byte)) for byte in range(256)}


BYTE_CHARACTER = byte_characters()


def spell(text):
    """The UTF-8 bytes of a text, each as the character that stands for it."""
    return "".join(BYTE_CHARACTER[byte] for byte in text.encode())


def merge_pair(symbols, pair):
    """Joins every occurrence of a pair of symbols, from left to right."""
    joined, index = [], 0
    while index < len(symbols):
        if tuple(symbols[index : index + 2]) == pair:
            joined.append(symbols[index] + symbols[index + 1])
            index += 2
        else:
            joined.append(symbols[index])
            index += 1
    return joined


def learn_merges(rand):
    """The most frequent pairs in words with letters, one after another, over a sample of dialogues."""
    counts = Counter()
    for _ in range(MERGE_SAMPLE):
        for text in draw_dialogue(rand):
            counts.update(spell(word) for word in PRE_TOKEN.findall(text) if re.search("[A-Za-z]", word))
    spellings = {word: list(word) for word in counts}
    merges = []
    while len(merges) < MERGE_COUNT:
        pairs = Counter()
        for word, symbols in spellings.items():
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += counts[word]
        if not pairs:
            break
        best = pairs.most_common(1)[0][0]
        merges.append(best)
        spellings = {word: merge_pair(symbols, best) for word, symbols in spellings.items()}
    return merges


class Tokenizer:
    """Bytes, then merges, then special tokens, padded to a multiple of 32."""

    def __init__(self, merges):
        self.merges = merges
        self.tokens = list(BYTE_CHARACTER.values()) + [left + right for left, right in merges]
        self.first_special = len(self.tokens)
        self.tokens += SPECIAL_TOKENS
        while len(self.tokens) % VOCABULARY_MULTIPLE:
            self.tokens.append(f"<|unused{len(self.tokens)}|>")
        self.ids = {token: index for index, token in enumerate(self.tokens)}
        self.known_words = {}

    def encode_word(self, word):
        """Applies the merges to one pre-token, in the order they were learned."""
        if word not in self.known_words:
            symbols = list(spell(word))
            for pair in self.merges:
                symbols = merge_pair(symbols, pair)
            self.known_words[word] = [self.ids[symbol] for symbol in symbols]
        return self.known_words[word]

    def encode(self, text):
        """The token ids of plain text."""
        return [token for word in PRE_TOKEN.findall(text) for token in self.encode_word(word)]

    def encode_turn(self, role, text):
        """One finished ChatML turn."""
        end = [self.ids[TURN_END], *self.encode("\n")]
        return [self.ids[TURN_START], *self.encode(f"{role}\n{text}"), *end]


# ---------------------------------------------------------------------------------------------------------------------
# Model: the llama architecture, forward and backward pass by hand
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """The sizes of the model; lengths count elements or tokens."""

    vocabulary: int
    embedding: int = 64
    blocks: int = 3
    heads: int = 4
    feed_forward: int = 192
    context: int = 512
    window: int = 192
    batch: int = 8
    norm_epsilon: float = 1e-5
    rope_base: float = 10000.0

    @property
    def head(self):
        return self.embedding // self.heads


def initial_parameters(shape, generator):
    """Name → float32 array. Matrices are [output, input]; the order is that of the tensors in the file."""

    def matrix(rows, columns, spread=None):
        scale = spread or 0.6 / math.sqrt(columns)
        return (generator.standard_normal((rows, columns)) * scale).astype(np.float32)

    size, wide = shape.embedding, shape.feed_forward
    parameters = {
        "token_embd": matrix(shape.vocabulary, size, 0.05),
        "output": matrix(shape.vocabulary, size, 0.02),
        "output_norm": np.ones(size, np.float32),
    }
    for block in range(shape.blocks):
        name = f"blk.{block}."
        for projection in ("attn_q", "attn_k", "attn_v", "attn_output"):
            parameters[name + projection] = matrix(size, size)
        parameters[name + "ffn_gate"] = matrix(wide, size)
        parameters[name + "ffn_up"] = matrix(wide, size)
        parameters[name + "ffn_down"] = matrix(size, wide)
        parameters[name + "attn_norm"] = np.ones(size, np.float32)
        parameters[name + "ffn_norm"] = np.ones(size, np.float32)
    return parameters


def rows_of(array):
    """All axes but the last folded into one."""
    return array.reshape(-1, array.shape[-1])


def softmax(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


class Network:
    """The parameters of a model, and the loss and gradients for a batch."""

    def __init__(self, shape, generator):
        self.shape = shape
        self.parameters = initial_parameters(shape, generator)
        self.gradients = {}
        frequencies = shape.rope_base ** (-np.arange(0, shape.head, 2) / shape.head)
        angles = np.arange(shape.window)[:, None] * frequencies[None]
        self.cosines, self.sines = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
        self.causal_mask = np.triu(np.full((shape.window, shape.window), -1e9, np.float32), 1)

    # The layers. Each `…_back` takes the gradient of a layer's output and what the layer kept, records the gradients of
    # its parameters, and returns the gradient of its input.

    def linear(self, name, inputs):
        return inputs @ self.parameters[name].T

    def linear_back(self, name, grad, inputs):
        self.gradients[name] = rows_of(grad).T @ rows_of(inputs)
        return grad @ self.parameters[name]

    def norm(self, name, inputs):
        """Root mean square norm. Keeps its input and the reciprocal root mean square."""
        scale = 1 / np.sqrt((inputs * inputs).mean(-1, keepdims=True) + self.shape.norm_epsilon)
        return inputs * scale * self.parameters[name], (inputs, scale)

    def norm_back(self, name, grad, kept):
        inputs, scale = kept
        self.gradients[name] = rows_of(grad * inputs * scale).sum(0)
        grad = grad * self.parameters[name]
        return grad * scale - inputs * (scale**3) * (grad * inputs).mean(-1, keepdims=True)

    def rotate(self, vectors, direction=1):
        """Rotary position embedding on adjacent pairs, [batch, head, position, element]; -1 turns back."""
        positions = vectors.shape[2]
        cosines, sines = self.cosines[:positions], self.sines[:positions] * direction
        even, odd = vectors[..., 0::2], vectors[..., 1::2]
        turned = np.empty_like(vectors)
        turned[..., 0::2] = even * cosines - odd * sines
        turned[..., 1::2] = even * sines + odd * cosines
        return turned

    def split_heads(self, states):
        count, positions, _ = states.shape
        return states.reshape(count, positions, self.shape.heads, self.shape.head).transpose(0, 2, 1, 3)

    def join_heads(self, heads):
        count, _, positions, _ = heads.shape
        return heads.transpose(0, 2, 1, 3).reshape(count, positions, self.shape.embedding)

    def attention(self, block, states):
        query = self.rotate(self.split_heads(self.linear(block + "attn_q", states)))
        key = self.rotate(self.split_heads(self.linear(block + "attn_k", states)))
        value = self.split_heads(self.linear(block + "attn_v", states))
        positions = states.shape[1]
        scores = query @ key.transpose(0, 1, 3, 2) / math.sqrt(self.shape.head)
        weights = softmax(scores + self.causal_mask[:positions, :positions])
        mixed = self.join_heads(weights @ value)
        return self.linear(block + "attn_output", mixed), (states, query, key, value, weights, mixed)

    def attention_back(self, block, grad, kept):
        states, query, key, value, weights, mixed = kept
        mixed_grad = self.split_heads(self.linear_back(block + "attn_output", grad, mixed))
        value_grad = self.join_heads(weights.transpose(0, 1, 3, 2) @ mixed_grad)
        weights_grad = mixed_grad @ value.transpose(0, 1, 3, 2)
        scores_grad = weights * (weights_grad - (weights_grad * weights).sum(-1, keepdims=True))
        scores_grad = scores_grad / math.sqrt(self.shape.head)
        query_grad = self.join_heads(self.rotate(scores_grad @ key, -1))
        key_grad = self.join_heads(self.rotate(scores_grad.transpose(0, 1, 3, 2) @ query, -1))
        return (
            self.linear_back(block + "attn_q", query_grad, states)
            + self.linear_back(block + "attn_k", key_grad, states)
            + self.linear_back(block + "attn_v", value_grad, states)
        )

    def feed_forward(self, block, states):
        """SwiGLU: down(gate · sigmoid(gate) · up)."""
        gate, up = self.linear(block + "ffn_gate", states), self.linear(block + "ffn_up", states)
        sigmoid = 1 / (1 + np.exp(-gate))
        swish = gate * sigmoid
        product = swish * up
        return self.linear(block + "ffn_down", product), (states, gate, up, sigmoid, swish, product)

    def feed_forward_back(self, block, grad, kept):
        states, gate, up, sigmoid, swish, product = kept
        product_grad = self.linear_back(block + "ffn_down", grad, product)
        gate_grad = product_grad * up * (sigmoid * (1 + gate * (1 - sigmoid)))
        up_grad = product_grad * swish
        return self.linear_back(block + "ffn_gate", gate_grad, states) + self.linear_back(
            block + "ffn_up", up_grad, states
        )

    def loss(self, inputs, targets, learn):
        """The mean cross entropy over the positions where `learn` is set; leaves the gradients in `gradients`."""
        self.gradients = {}
        states, kept = self.forward(inputs)
        positions = learn > 0
        learned, wanted = states[positions], targets[positions]
        probabilities = softmax(self.linear("output", learned))
        chosen = np.arange(len(wanted))
        loss = -np.log(probabilities[chosen, wanted] + 1e-9).mean()
        probabilities[chosen, wanted] -= 1
        grad = np.zeros_like(states)
        grad[positions] = self.linear_back("output", probabilities / len(wanted), learned)
        self.backward(inputs, grad, kept)
        return loss

    def forward(self, inputs):
        """Token ids [batch, position] → normed states [batch, position, embedding]."""
        states, kept = self.parameters["token_embd"][inputs], []
        for index in range(self.shape.blocks):
            block = f"blk.{index}."
            normed, attention_norm = self.norm(block + "attn_norm", states)
            change, attention = self.attention(block, normed)
            states = states + change
            normed, feed_forward_norm = self.norm(block + "ffn_norm", states)
            change, feed_forward = self.feed_forward(block, normed)
            states = states + change
            kept.append((attention_norm, attention, feed_forward_norm, feed_forward))
        states, output_norm = self.norm("output_norm", states)
        return states, (kept, output_norm)

    def backward(self, inputs, grad, kept):
        """From the gradient of the normed states to that of every parameter."""
        blocks, output_norm = kept
        grad = self.norm_back("output_norm", grad, output_norm)
        for index in reversed(range(self.shape.blocks)):
            block = f"blk.{index}."
            attention_norm, attention, feed_forward_norm, feed_forward = blocks[index]
            change = self.feed_forward_back(block, grad, feed_forward)
            grad = grad + self.norm_back(block + "ffn_norm", change, feed_forward_norm)
            change = self.attention_back(block, grad, attention)
            grad = grad + self.norm_back(block + "attn_norm", change, attention_norm)
        embedding_grad = np.zeros_like(self.parameters["token_embd"])
        np.add.at(embedding_grad, inputs.ravel(), rows_of(grad))
        self.gradients["token_embd"] = embedding_grad


# ---------------------------------------------------------------------------------------------------------------------
# Batches: windows filled with dialogues; only answers are learned
# ---------------------------------------------------------------------------------------------------------------------


def draw_example(tokenizer, rand):
    """(prompt tokens, answer tokens) of one dialogue, three in ten with a system message."""
    question, answer = draw_dialogue(rand)
    system = tokenizer.encode_turn("system", rand.choice(SYSTEM_PROMPTS)) if rand.random() < 0.3 else []
    opening = [tokenizer.ids[TURN_START], *tokenizer.encode("assistant\n")]
    prompt = system + tokenizer.encode_turn("user", question) + opening
    return prompt, tokenizer.encode(answer) + [tokenizer.ids[TURN_END]]


def draw_window(tokenizer, rand, length):
    """At most `length` tokens of whole dialogues, and for each token whether it is learned."""
    tokens, learn = [], []
    while len(tokens) < length:
        prompt, answer = draw_example(tokenizer, rand)
        if len(prompt) + len(answer) > length - len(tokens):
            if tokens:
                break
            continue
        newline = tokenizer.encode("\n")
        tokens += prompt + answer + newline
        learn += [0] * len(prompt) + [1] * len(answer) + [0] * len(newline)
    return tokens[:length], learn[:length]


def draw_batch(tokenizer, rand, shape):
    """(inputs, targets, learn), each [batch, window]: the target of a token is the token after it."""
    inputs, targets = np.zeros((2, shape.batch, shape.window), np.int64)
    learn = np.zeros((shape.batch, shape.window), np.float32)
    for row in range(shape.batch):
        tokens, learned = draw_window(tokenizer, rand, shape.window + 1)
        inputs[row, : len(tokens) - 1] = tokens[:-1]
        targets[row, : len(tokens) - 1] = tokens[1:]
        learn[row, : len(tokens) - 1] = learned[1:]
    return inputs, targets, learn


# ---------------------------------------------------------------------------------------------------------------------
# Optimizer
# ---------------------------------------------------------------------------------------------------------------------


class AdamW:
    """Adam with weight decay on matrices, gradients clipped to norm 1, a warm-up and a cosine decay to 3 %."""

    PEAK_RATE, WARM_UP_STEPS, FINAL_SHARE = 3e-3, 60, 0.03
    MEAN_SHARE, SQUARE_SHARE, WEIGHT_DECAY = 0.1, 0.02, 0.01

    def __init__(self, parameters, steps):
        self.parameters, self.steps = parameters, steps
        self.means = {name: np.zeros_like(values) for name, values in parameters.items()}
        self.squares = {name: np.zeros_like(values) for name, values in parameters.items()}

    def rate(self, step):
        cosine = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        decay = cosine * (1 - self.FINAL_SHARE) + self.FINAL_SHARE
        return self.PEAK_RATE * min(1, step / self.WARM_UP_STEPS) * decay

    def update(self, step, gradients):
        """Changes the parameters in place. Steps count from 1."""
        norm = math.sqrt(sum(float((grad * grad).sum()) for grad in gradients.values()))
        clip = min(1, 1 / (norm + 1e-6))
        for name, grad in gradients.items():
            values, mean, square = self.parameters[name], self.means[name], self.squares[name]
            grad = grad * clip
            mean += self.MEAN_SHARE * (grad - mean)
            square += self.SQUARE_SHARE * (grad * grad - square)
            unbiased_mean = mean / (1 - (1 - self.MEAN_SHARE) ** step)
            unbiased_square = square / (1 - (1 - self.SQUARE_SHARE) ** step)
            decay = self.WEIGHT_DECAY * values if values.ndim > 1 else 0
            change = unbiased_mean / (np.sqrt(unbiased_square) + 1e-8) + decay
            values -= (self.rate(step) * change).astype(np.float32)


# ---------------------------------------------------------------------------------------------------------------------
# GGUF file, version 3: header, metadata, tensor descriptions, tensor data (ggml, docs/gguf.md)
# ---------------------------------------------------------------------------------------------------------------------

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
ALIGNMENT = 32
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
TENSOR_F32, TENSOR_Q8_0 = 0, 8
FILE_TYPE_Q8_0 = 7
NORMAL_TOKEN, CONTROL_TOKEN = 1, 3
Q8_BLOCK = 32


def packed_string(text):
    return struct.pack("<Q", len(text.encode())) + text.encode()


def packed_value(kind, value):
    """One metadata value with its type number before it. An array is given as (element type, values)."""
    if kind == ARRAY:
        element, values = value
        pack = packed_string if element == STRING else lambda number: struct.pack("<i", number)
        return struct.pack("<IIQ", ARRAY, element, len(values)) + b"".join(pack(item) for item in values)
    if kind == STRING:
        return struct.pack("<I", STRING) + packed_string(value)
    return struct.pack({UINT32: "<II", FLOAT32: "<If", BOOL: "<I?"}[kind], kind, value)


def metadata_of(shape, tokenizer):
    """(key, type, value) in the order of the file."""
    types = [
        CONTROL_TOKEN if index >= tokenizer.first_special else NORMAL_TOKEN for index in range(len(tokenizer.tokens))
    ]
    return [
        ("general.architecture", STRING, "llama"),
        ("general.name", STRING, "gateway-tiny"),
        ("general.license", STRING, "mit"),
        ("llama.context_length", UINT32, shape.context),
        ("llama.embedding_length", UINT32, shape.embedding),
        ("llama.block_count", UINT32, shape.blocks),
        ("llama.feed_forward_length", UINT32, shape.feed_forward),
        ("llama.attention.head_count", UINT32, shape.heads),
        ("llama.attention.head_count_kv", UINT32, shape.heads),
        ("llama.rope.dimension_count", UINT32, shape.head),
        ("llama.vocab_size", UINT32, shape.vocabulary),
        ("llama.attention.layer_norm_rms_epsilon", FLOAT32, shape.norm_epsilon),
        ("llama.rope.freq_base", FLOAT32, shape.rope_base),
        ("general.file_type", UINT32, FILE_TYPE_Q8_0),
        ("tokenizer.ggml.model", STRING, "gpt2"),
        ("tokenizer.ggml.pre", STRING, "gpt-2"),
        ("tokenizer.ggml.tokens", ARRAY, (STRING, tokenizer.tokens)),
        ("tokenizer.ggml.token_type", ARRAY, (INT32, types)),
        ("tokenizer.ggml.merges", ARRAY, (STRING, [f"{left} {right}" for left, right in tokenizer.merges])),
        ("tokenizer.ggml.bos_token_id", UINT32, tokenizer.ids[END_OF_TEXT]),
        ("tokenizer.ggml.eos_token_id", UINT32, tokenizer.ids[TURN_END]),
        ("tokenizer.ggml.add_bos_token", BOOL, False),
        ("tokenizer.chat_template", STRING, CHAT_TEMPLATE),
    ]


def quantized(matrix):
    """Q8_0: blocks of 32 values as a half-precision scale and 32 signed bytes."""
    blocks = matrix.reshape(-1, Q8_BLOCK)
    scales = (np.abs(blocks).max(1) / 127).astype("<f2")
    divisors = scales.astype(np.float32)
    divisors[divisors == 0] = 1
    packed = np.zeros(len(blocks), dtype=[("scale", "<f2"), ("values", "i1", Q8_BLOCK)])
    packed["scale"] = scales
    packed["values"] = np.rint(blocks / divisors[:, None]).clip(-127, 127).astype("i1")
    return packed.tobytes()


def padded(content):
    return content + b"\0" * (-len(content) % ALIGNMENT)


def write_gguf(path, shape, tokenizer, parameters):
    """Writes matrices as Q8_0 and vectors as F32. Returns the size of the file in bytes."""
    descriptions, data = b"", b""
    for name, values in parameters.items():
        is_matrix = values.ndim > 1
        lengths = values.shape[::-1]
        data = padded(data)
        descriptions += packed_string(name + ".weight") + struct.pack(f"<I{len(lengths)}Q", len(lengths), *lengths)
        descriptions += struct.pack("<IQ", TENSOR_Q8_0 if is_matrix else TENSOR_F32, len(data))
        data += quantized(values) if is_matrix else values.astype("<f4").tobytes()
    metadata = metadata_of(shape, tokenizer)
    header = b"GGUF" + struct.pack("<IQQ", 3, len(parameters), len(metadata))
    header += b"".join(packed_string(key) + packed_value(kind, value) for key, kind, value in metadata)
    content = padded(header + descriptions) + data
    with open(path, "wb") as file:
        file.write(content)
    return len(content)


# ---------------------------------------------------------------------------------------------------------------------
# Command line
# ---------------------------------------------------------------------------------------------------------------------

REPORT_EVERY = 50


def train(network, tokenizer, rand, steps):
    """Runs the training loop, printing a running mean of the loss."""
    optimizer = AdamW(network.parameters, steps)
    started, running = time.time(), None
    for step in range(1, steps + 1):
        loss = network.loss(*draw_batch(tokenizer, rand, network.shape))
        optimizer.update(step, network.gradients)
        running = loss if running is None else 0.95 * running + 0.05 * loss
        if step % REPORT_EVERY == 0 or step == steps:
            print(f"step {step}: loss {running:.4f}, {time.time() - started:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Trains the tiny model and writes it as a GGUF file.")
    parser.add_argument("--steps", type=int, default=4500, help="training steps (default 4500; 0: random weights)")
    parser.add_argument("--out", default="tiny.gguf", help="the file to write (default tiny.gguf)")
    parser.add_argument("--seed", type=int, default=0, help="seed of dialogues and first weights (default 0)")
    options = parser.parse_args()

    rand = random.Random(options.seed)
    tokenizer = Tokenizer(learn_merges(rand))
    network = Network(Shape(vocabulary=len(tokenizer.tokens)), np.random.default_rng(options.seed))
    count = sum(values.size for values in network.parameters.values())
    print(f"{len(tokenizer.tokens)} tokens, {count} parameters", flush=True)
    train(network, tokenizer, rand, options.steps)
    size = write_gguf(options.out, network.shape, tokenizer, network.parameters)
    print(f"{options.out}: {size} bytes")


if __name__ == "__main__":
    main()
