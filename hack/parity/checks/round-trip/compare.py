"""Compares a model file with what was read and written again.

Standard input: {"original", "codec", "graph": files}. Standard output: {"codec", "graph", "outputs": "equal" or what
differs}."""

import json
import sys

import numpy
import onnx
import onnxruntime


KEPT = ("ir_version", "producer_name", "producer_version", "domain", "model_version", "doc_string", "metadata_props")


def meaning(node):
    """As it is serialized; an empty domain is the default one, said or not."""
    if node.domain == "":
        node.ClearField("domain")
    return node.SerializeToString(deterministic=True)


def opsets(model):
    return {opset.domain: opset.version for opset in model.opset_import}


def live(graph):
    """Nodes and initializers that the outputs need, apart from their order."""
    made = {name: node for node in graph.node for name in node.output}
    held = {tensor.name: tensor for tensor in graph.initializer}
    nodes, tensors, waiting = {}, {}, [output.name for output in graph.output]
    while waiting:
        name = waiting.pop()
        if name in held:
            tensors[name] = held[name].SerializeToString(deterministic=True)
        node = made.get(name)
        if node is None or id(node) in nodes:
            continue
        nodes[id(node)] = meaning(node)
        waiting += [name for name in node.input if name]
    return sorted(nodes.values()), tensors


def compare_codec(original, codec):
    return "equal" if original == codec else "the messages differ"


def forget_given_names(original, graph):
    """Takes the names that a graph gave to nodes that had none."""
    nameless = {tuple(node.output) for node in original.node if not node.name}
    for node in graph.node:
        if tuple(node.output) in nameless:
            node.ClearField("name")


def said_of(graph, names):
    """What a graph says of values beside how they are made, those of these names."""
    infos = [info for info in graph.value_info if info.name in names]
    annotations = [each for each in graph.quantization_annotation if each.tensor_name in names]
    return {"value_info": infos, "quantization_annotation": annotations}


def compare_said(original, graph):
    """A value that is an output says its type there."""
    names = {name for node in graph.node for name in node.output}
    names |= {each.name for each in [*graph.initializer, *graph.input]}
    names -= {each.name for each in graph.output}
    ours, theirs = said_of(graph, names), said_of(original, names)
    differing = [field for field in ours if ours[field] != theirs[field]]
    differing += [field for field in ("doc_string", "metadata_props") if getattr(graph, field) != getattr(original, field)]
    return differing


def compare_graph(original, graph):
    onnx.checker.check_model(graph)
    names = [node.name for node in graph.graph.node]
    if len(set(names)) != len(names):
        return "two nodes have one name"
    forget_given_names(original.graph, graph.graph)
    (nodes, tensors), (our_nodes, our_tensors) = live(original.graph), live(graph.graph)
    if len(graph.graph.node) != len(our_nodes):
        return f"{len(graph.graph.node) - len(our_nodes)} nodes that nothing needs"
    if nodes != our_nodes:
        return f"{len(set(our_nodes) - set(nodes))} of {len(nodes)} nodes differ"
    if tensors != our_tensors:
        return "initializers differ"
    for field in ("input", "output"):
        if list(getattr(original.graph, field)) != list(getattr(graph.graph, field)):
            return f"{field}s differ"
    if opsets(original) != opsets(graph):
        return "opsets differ"
    for field in compare_said(original.graph, graph.graph):
        return f"{field} of the graph differs"
    for field in KEPT:
        if getattr(original, field) != getattr(graph, field):
            return f"{field} differs"
    if graph.training_info:
        return "training information is kept, and what it trains may be gone"
    return "equal"


def run(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    generator = numpy.random.default_rng(1)
    feeds = {}
    for given in session.get_inputs():
        sizes = {"N": 2}
        dims = [dim if isinstance(dim, int) else sizes.get(dim, 224) for dim in given.shape]
        feeds[given.name] = generator.uniform(-1, 1, dims).astype(numpy.float32)
    return session.run(None, feeds)


def compare_outputs(original, *others):
    expected = run(original)
    for other in others:
        for a, b in zip(expected, run(other), strict=True):
            if not numpy.array_equal(a, b):
                return f"differ by up to {numpy.abs(a - b).max():.1e}"
    return "equal"


request = json.load(sys.stdin)
original, codec, graph = (onnx.load(request[name]) for name in ("original", "codec", "graph"))
verdict = {
    "codec": compare_codec(original, codec),
    "graph": compare_graph(original, graph),
    "outputs": compare_outputs(request["original"], request["codec"], request["graph"]),
}
json.dump(verdict, sys.stdout)
