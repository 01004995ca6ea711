"""Checks model files of rarevox with ONNX's own tools (Debian's python3-onnx), and prints what a generic tool shows of them.

Run: python3 test/reference/check_onnx.py model.onnx …
"""

import json
import sys

import onnx
from onnx import shape_inference

for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    known = {value.name for value in [*inferred.graph.value_info, *inferred.graph.input, *inferred.graph.output]}
    made = [name for node in inferred.graph.node for name in node.output]
    unknown = [name for name in made if name not in known]
    assert not unknown, f"shapes that inference does not find: {unknown[:5]}"
    for value in inferred.graph.output:
        declared = next(output for output in model.graph.output if output.name == value.name)
        assert value.type == declared.type, f"{value.name} is declared with another shape than inferred"
    print(f"{path}: onnx {onnx.__version__} accepts it; {len(made)} shapes inferred")
    print(f"producer {model.producer_name} {model.producer_version}, domain {model.domain}, opset {model.opset_import[0].version}")
    print(model.doc_string)
    for value in [*model.graph.input, *model.graph.output]:
        sizes = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        print(f"{value.name} {sizes}: {value.doc_string}")
    for entry in model.metadata_props:
        json_keys = sorted(json.loads(entry.value)) if entry.key == "rarevox" or entry.key.endswith(".json") else None
        print(f"[{entry.key}] {entry.value if json_keys is None else 'JSON with ' + ', '.join(json_keys)}")
