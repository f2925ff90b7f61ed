"""What is read from workflows: of the usual kinds, of the deployed bot's, and of common packs of nodes."""

from __future__ import annotations

from typing import Any

import pytest

from bot_integration.comfyui.workflow import WorkflowFacts, read_workflow
from bot_integration.example_bot import text_to_image
from tests.bot_integration.comfyui.fake.replay import recorded
from tests.bot_integration.comfyui.workflow.graphs import flux, link, node, plain, rewired, wan


def test_the_usual_workflow_is_read() -> None:
    assert read_workflow(plain()) == WorkflowFacts(
        "xl/sd_xl_base_1.0.safetensors", "euler", "karras", 20, 7, (), "1344x768"
    )


def test_the_example_bots_workflow_is_read() -> None:
    facts = read_workflow(text_to_image("a fox", (1024, 1024), 99, "sd15.safetensors"))
    assert facts == WorkflowFacts("sd15.safetensors", "dpmpp_2m", "karras", 25, 99, (), "1024x1024")


def test_the_deployed_bots_workflow_is_read() -> None:
    assert read_workflow(flux()) == WorkflowFacts(
        "flux1-dev.sft",
        "euler",
        "simple",
        4,
        660124690620460,
        ("metal.safetensors", "grain.safetensors"),
        "16:9 [1344x768 landscape]",
    )


def test_a_video_of_the_wrapper_nodes_is_read() -> None:
    assert read_workflow(wan()) == WorkflowFacts(
        "wan/t2v_14B_fp8.safetensors", None, "unipc", 25, 42, ("first.safetensors", "lightx2v.safetensors"), "832x480"
    )


@pytest.mark.parametrize("one", list(recorded()), ids=lambda one: one.name)
def test_recorded_workflows_are_read(one: Any) -> None:
    facts = read_workflow(one.workflow)
    kinds = {told["class_type"]: told["inputs"] for told in one.workflow.values()}
    sampler = kinds.get("TimedSampler", {})
    assert (facts.seed, facts.steps) == (sampler.get("seed"), sampler.get("steps"))
    size = kinds.get("ImageScale", kinds.get("EmptyImage", {}))
    assert facts.resolution == f"{size['width']}x{size['height']}"
    assert facts.model is None and facts.loras == ()


@pytest.mark.parametrize(
    ("loader", "model"),
    [
        (node("UNETLoader", unet_name="flux1.sft", weight_dtype="default"), "flux1.sft"),
        (node("UnetLoaderGGUF", unet_name="flux-Q4.gguf"), "flux-Q4.gguf"),
        (
            node("NunchakuFluxDiTLoader", model_path="svdq-int4-flux.1-dev", attention="nunchaku-fp16"),
            "svdq-int4-flux.1-dev",
        ),
        (node("DiffusersLoader", model_path="sdxl-base-1.0"), "sdxl-base-1.0"),
        (node("ImageOnlyCheckpointLoader", ckpt_name="svd_xt.safetensors"), "svd_xt.safetensors"),
        (node("HyVideoModelLoader", model="hunyuan.safetensors", quantization="disabled"), "hunyuan.safetensors"),
        (node("SomebodysLoader", my_ckpt_name="own.safetensors", device="cuda"), "own.safetensors"),
        (node("CheckpointLoaderSimple", ckpt_name=link("50")), "chosen.safetensors"),
        (node("UNETLoader", unet_name="C:\\Users\\anna\\models\\flux.sft"), "flux.sft"),
        (node("UNETLoader", unet_name="/home/anna/flux.sft"), "flux.sft"),
        (node("UNETLoader", unet_name="sub\\flux.sft"), "sub\\flux.sft"),
        (node("UNETLoader", unet_name=""), None),
        (node("UNETLoader", unet_name=["x"]), None),
        (node("LoadTheVAE", model_name="vae.safetensors"), None),
    ],
)
def test_loaders_of_many_packs_name_their_model(loader: dict[str, Any], model: str | None) -> None:
    assert read_workflow({**plain(loader), "50": node("String", value="chosen.safetensors")}).model == model


@pytest.mark.parametrize(
    "between",
    [
        node("ModelSamplingFlux", max_shift=1.15, width=1, height=1, model=link("4")),
        node("TeaCache", model_type="wan2.1_t2v_14B", model=link("4")),
        node("Reroute", **{"": link("4")}),
        node("Any Switch (rgthree)", any_01=link("404"), any_02=link("4")),
        node("ImpactSwitch", select=2, input1=link("60"), input2=link("4")),
        node("ComfySwitchNode", switch=True, on_false=link("60"), on_true=link("4")),
        node("ApplyPulidFlux", pulid_flux=link("61"), weight=1, model=link("4")),
        node("ApplyControl", control_net=link("61"), model=link("4")),
        node("ADE_AnimateDiffLoaderGen1", model_name="mm_sd_v15.ckpt", beta_schedule="autoselect", model=link("4")),
    ],
    ids=lambda between: str(between["class_type"]),
)
def test_the_model_is_followed_through_what_lies_between(between: dict[str, Any]) -> None:
    workflow = {
        **rewired(link("10")),
        "10": between,
        "60": node("UNETLoader", unet_name="other.sft"),
        "61": node("PulidFluxModelLoader", pulid_file="pulid.safetensors"),
    }
    assert read_workflow(workflow).model == "xl/sd_xl_base_1.0.safetensors"


def test_a_loader_of_everything_is_read() -> None:
    workflow = {
        "7": node(
            "Efficient Loader",
            ckpt_name="real.safetensors",
            lora_name="inline.st",
            lora_model_strength=1,
            lora_clip_strength=1,
            positive="a fox",
            negative="",
            empty_latent_width=768,
            empty_latent_height=512,
            lora_stack=link("8"),
        ),
        "8": node("LoRA Stacker", lora_count=1, lora_name_1="stack.st", lora_wt_1=1),
        "4": node(
            "KSampler Adv. (Efficient)",
            noise_seed=457,
            steps=25,
            sampler_name="dpmpp_2m",
            scheduler="karras",
            model=link("7"),
            positive=link("7", 1),
            latent_image=link("7", 3),
        ),
        "5": node("PreviewImage", images=link("4", 5)),
    }
    assert read_workflow(workflow) == WorkflowFacts(
        "real.safetensors", "dpmpp_2m", "karras", 25, 457, ("stack.st", "inline.st"), "768x512"
    )


def test_pipes_are_followed() -> None:
    workflow = {
        "1": node(
            "easy fullLoader",
            ckpt_name="easy.safetensors",
            lora_name="None",
            resolution="1024 x 1536 (portrait)",
            empty_latent_width=512,
            empty_latent_height=512,
            positive="x",
        ),
        "2": node(
            "easy preSampling", pipe=link("1"), steps=23, sampler_name="dpmpp_3m_sde", scheduler="karras", seed=77
        ),
        "3": node("easy kSampler", pipe=link("2"), image_output="Save", save_prefix="x"),
    }
    assert read_workflow(workflow) == WorkflowFacts(
        "easy.safetensors", "dpmpp_3m_sde", "karras", 23, 77, (), "1024x1536"
    )


def test_values_are_followed_to_the_nodes_that_hold_them() -> None:
    workflow = {
        **plain(seed=link("20"), steps=link("21"), sampler_name=link("22"), scheduler=link("22", 1)),
        "5": node("EmptySD3LatentImage", width=link("23"), height=link("24"), batch_size=1),
        "20": node("Seed (rgthree)", seed=2**64 - 1),
        "21": node("PrimitiveInt", value=30),
        "22": node("Pick", sampler_name="heun", scheduler="beta"),
        "23": node("Reroute", **{"": link("25")}),
        "24": node("INTConstant", value="640"),
        "25": node("Int Literal", int=512.0),
    }
    facts = read_workflow(workflow)
    assert (facts.seed, facts.steps, facts.sampler, facts.scheduler) == (2**64 - 1, 30, "heun", "beta")
    assert facts.resolution == "512x640"


def test_what_is_computed_or_made_up_by_the_server_is_not_known() -> None:
    workflow = {**plain(seed=-1, steps=link("20")), "20": node("SimpleMath+", value="a*b", a=link("21"), b=2)}
    workflow["5"] = node("VAEEncode", pixels=link("22"), vae=link("4", 2))
    workflow["22"] = node("LoadImage", image="input.png")
    facts = read_workflow(workflow)
    assert (facts.seed, facts.steps, facts.resolution) == (None, None, None)


def test_steps_that_no_sampler_takes_are_none() -> None:
    assert [read_workflow(plain(steps=steps)).steps for steps in (0, 10**6, 10**6 + 1)] == [0, 10**6, None]


def test_sizes_come_from_the_picture_that_is_worked_on() -> None:
    workflow = {**plain(), "5": node("VAEEncode", pixels=link("22"), vae=link("4", 2))}
    workflow["22"] = node("ImageScale", image=link("23"), width=640, height=480)
    workflow["23"] = node("LoadImage", image="input.png")
    assert read_workflow(workflow).resolution == "640x480"


def test_sizes_that_come_from_a_list_are_followed() -> None:
    workflow = {**plain(), "5": node("EmptySD3LatentImage", width=link("63"), height=link("63", 1), batch_size=1)}
    workflow["63"] = node("LatentToWidthHeight", latent=link("62"))
    workflow["62"] = node("Empty Latent Ratio Select SDXL", ratio_selected="1:1 [1024x1024 square]", batch_size=1)
    assert read_workflow(workflow).resolution == "1:1 [1024x1024 square]"


def test_of_several_samplers_the_one_of_the_output_counts() -> None:
    workflow = plain()
    second = {**workflow["3"]["inputs"], "latent_image": link("3"), "model": link("11"), "steps": 10}
    workflow["10"] = node("KSampler", **second)
    workflow["11"] = node("UNETLoader", unet_name="refiner.safetensors")
    workflow["8"]["inputs"]["samples"] = link("10")
    workflow["12"] = node("VAEDecode", samples=link("3"), vae=link("4", 2))
    workflow["13"] = node("PreviewImage", images=link("12"))
    facts = read_workflow(workflow)
    assert (facts.model, facts.steps, facts.resolution) == ("refiner.safetensors", 10, "1344x768")
    assert read_workflow(workflow, frozenset({"13"})).model == "xl/sd_xl_base_1.0.safetensors"


def test_what_only_refines_details_or_enlarges_is_not_the_sampler() -> None:
    workflow = plain()
    finish = {"image": link("8"), "model": link("4"), "seed": 1, "steps": 5, "sampler_name": "ddim", "scheduler": "x"}
    workflow["20"] = node("FaceDetailer", **finish)
    workflow["21"] = node("UltimateSDUpscale", **{**finish, "image": link("20")})
    workflow["9"]["inputs"]["images"] = link("21")
    assert read_workflow(workflow) == read_workflow(plain())
    del workflow["3"]
    assert read_workflow(workflow).sampler == "ddim"


def test_the_seed_is_that_of_the_sampler_which_adds_the_noise() -> None:
    workflow = plain()
    workflow["3"] = node("KSamplerAdvanced", **{**workflow["3"]["inputs"], "noise_seed": 5, "add_noise": "enable"})
    del workflow["3"]["inputs"]["seed"]
    second = {**workflow["3"]["inputs"], "latent_image": link("3"), "noise_seed": 0, "add_noise": "disable"}
    workflow["10"] = node("KSamplerAdvanced", **second)
    workflow["8"]["inputs"]["samples"] = link("10")
    assert read_workflow(workflow).seed == 5


@pytest.mark.parametrize(
    ("sampler", "sigmas", "names"),
    [
        (
            node("SamplerEulerAncestral", eta=1.0, s_noise=1.0),
            node("KarrasScheduler", steps=12),
            ("euler_ancestral", "karras"),
        ),
        (
            node("SamplerDPMPP_2M_SDE", eta=1.0, s_noise=1.0),
            node("BetaSamplingScheduler", steps=12),
            ("dpmpp_2m_sde", "beta"),
        ),
        (
            node("DetailDaemonSamplerNode", sampler=link("40"), detail_amount=0.1),
            node("SplitSigmas", sigmas=link("41"), step=3),
            ("lcm", "sgm_uniform"),
        ),
    ],
)
def test_parts_of_custom_samplers_are_named(sampler: dict[str, Any], sigmas: dict[str, Any], names: Any) -> None:
    workflow = {**flux(), "198:0": sampler, "198:1": sigmas}
    workflow["40"] = node("KSamplerSelect", sampler_name="lcm")
    workflow["41"] = node("BasicScheduler", scheduler="sgm_uniform", steps=12, denoise=1, model=link("271"))
    facts = read_workflow(workflow)
    assert (facts.sampler, facts.scheduler, facts.steps) == (*names, 12)


def test_a_partners_node_is_read_as_far_as_it_tells() -> None:
    workflow = {
        "1": node("PartnerImage", prompt="a fox", model="pro-1.1", seed=3, width=1024, height=512),
        "2": node("SaveImage", images=link("1")),
    }
    assert read_workflow(workflow) == WorkflowFacts("pro-1.1", None, None, None, 3, (), "1024x512")
