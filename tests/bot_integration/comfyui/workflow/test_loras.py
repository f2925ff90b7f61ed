"""Which LoRAs are read from workflows: of any loader, of stacks, and in which order."""

from __future__ import annotations

from typing import Any

import pytest

from bot_integration.comfyui.workflow import read_workflow
from tests.bot_integration.comfyui.workflow.graphs import link, node, through


@pytest.mark.parametrize(
    ("loader", "loras"),
    [
        (node("LoraLoader", lora_name="a.safetensors", strength_model=1.0, strength_clip=0.0), ["a.safetensors"]),
        (node("LoraLoader", lora_name="a.safetensors", strength_model=0, strength_clip=0), []),
        (node("LoraLoaderModelOnly", lora_name="sub/a.safetensors", strength_model=0.5), ["sub/a.safetensors"]),
        (node("LoraLoaderModelOnly", lora_name=link("50"), strength_model=0.5), ["chosen.safetensors"]),
        (node("NunchakuFluxLoraLoader", lora_name="turbo.safetensors", lora_strength=1), ["turbo.safetensors"]),
        (node("CR Load LoRA", switch="Off", lora_name="a.safetensors", strength_model=1), []),
        (node("CR Load LoRA", switch="On", lora_name="a.safetensors", strength_model=1), ["a.safetensors"]),
        (
            node(
                "NunchakuFluxLoraStack",
                lora_name_1="a.safetensors",
                lora_strength_1=0.7,
                lora_name_2="None",
                lora_strength_2=1,
            ),
            ["a.safetensors"],
        ),
        (
            node(
                "Lora Loader Stack (rgthree)",
                lora_01="a.st",
                strength_01=0.7,
                lora_02="None",
                lora_03="b.st",
                strength_03=0,
                lora_04="c.st",
                strength_04=-1,
            ),
            ["a.st", "c.st"],
        ),
        (
            node(
                "Lora Loader (LoraManager)",
                text="<lora:x:1>",
                loras={
                    "__value__": [
                        {"name": "neon", "strength": "0.50", "active": True},
                        {"name": "off", "strength": 1, "active": False},
                    ]
                },
            ),
            ["neon"],
        ),
        (
            node(
                "Power Prompt (rgthree)",
                prompt="a fox <lora:sub/style:0.8>, <lora:off:0> <lora:plain> <lora:two:1:0.5> <lora::1> <b>",
                clip=link("4", 1),
            ),
            ["sub/style", "plain", "two"],
        ),
        (node("ImpactWildcardEncode", populated_text=link("51"), wildcard_text="<lora:dice:1>"), ["linked"]),
        (node("Lora Loader (LoraManager)", loras=[{"name": "a", "strength": "0.00"}, {"name": "b"}]), ["b"]),
        (node("LoraLoaderStackedAdvanced", lora_name={"content": "z.st", "image": None}, lora_weight=0.6), ["z.st"]),
        (node("SomebodysLora", lora_name="own.st", amount=1), ["own.st"]),
    ],
    ids=lambda value: str(value.get("class_type", "")) if isinstance(value, dict) else "",
)
def test_loras_are_told_by_any_loader(loader: dict[str, Any], loras: list[str]) -> None:
    texts = {"50": node("String", value="chosen.safetensors"), "51": node("Text", text="in snow <lora:linked:1>")}
    facts = read_workflow(through(loader, **texts))
    assert list(facts.loras) == loras
    assert facts.model == "xl/sd_xl_base_1.0.safetensors"


@pytest.mark.parametrize(
    ("stack", "loras"),
    [
        (
            node(
                "LoRA Stacker",
                input_mode="simple",
                lora_count=2,
                lora_name_1="a.st",
                lora_wt_1=1.2,
                model_str_1=0,
                clip_str_1=0,
                lora_name_2="b.st",
                lora_wt_2=0,
                model_str_2=1,
                clip_str_2=1,
                lora_name_3="c.st",
                lora_wt_3=1,
            ),
            ["a.st"],
        ),
        (
            node(
                "LoRA Stacker",
                input_mode="advanced",
                lora_count=2,
                lora_name_1="a.st",
                lora_wt_1=0,
                model_str_1=0.4,
                clip_str_1=0,
                lora_name_2="b.st",
                lora_wt_2=1,
                model_str_2=0,
                clip_str_2=0,
            ),
            ["a.st"],
        ),
        (
            node(
                "CR LoRA Stack",
                switch_1="On",
                lora_name_1="a.st",
                model_weight_1=0.7,
                clip_weight_1=0,
                switch_2="Off",
                lora_name_2="b.st",
                model_weight_2=1,
                clip_weight_2=1,
                switch_3="On",
                lora_name_3="None",
            ),
            ["a.st"],
        ),
        (
            node(
                "easy loraStack",
                toggle=True,
                mode="simple",
                num_loras=2,
                lora_1_name="a.st",
                lora_1_strength=1.0,
                lora_2_name="b.st",
                lora_2_strength=0.0,
                lora_2_model_strength=1,
                lora_3_name="old.st",
                lora_3_strength=1,
            ),
            ["a.st"],
        ),
        (node("easy loraStack", toggle=False, num_loras=1, lora_1_name="a.st", lora_1_strength=1.0), []),
        (node("LoRA Stacker", lora_count=1, lora_name_1="a.st", lora_wt_1=1, lora_stack=link("51")), ["z.st", "a.st"]),
    ],
    ids=lambda value: str(value.get("class_type", "")) if isinstance(value, dict) else "",
)
def test_stacks_of_loras_are_told(stack: dict[str, Any], loras: list[str]) -> None:
    apply = node("CR Apply LoRA Stack", lora_stack=link("50"))
    further = node("CR LoRA Stack", switch_1="On", lora_name_1="z.st", model_weight_1=1)
    assert list(read_workflow(through(apply, **{"50": stack, "51": further})).loras) == loras


def test_loras_stand_in_the_order_in_which_they_are_applied() -> None:
    loaders = [node("LoraLoaderModelOnly", lora_name=f"{name}.st", strength_model=1) for name in "cabc"]
    assert read_workflow(through(*loaders)).loras == ("c.st", "a.st", "b.st")
