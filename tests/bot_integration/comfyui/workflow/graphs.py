"""Workflows in the API format, of the kinds that bots use, written short."""

from __future__ import annotations

from typing import Any, TypeAlias

Workflow: TypeAlias = dict[str, Any]


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": class_type}}


def link(name: str, output: int = 0) -> list[Any]:
    return [name, output]


def plain(model: dict[str, Any] | None = None, **sampler: Any) -> Workflow:
    """The usual way from text to an image; ``model`` takes the checkpoint loader's place."""
    settings = {"seed": 7, "steps": 20, "cfg": 7.0, "sampler_name": "euler", "scheduler": "karras", "denoise": 1.0}
    links = {"model": link("4"), "positive": link("6"), "negative": link("7"), "latent_image": link("5")}
    return {
        "3": node("KSampler", **{**settings, **links, **sampler}),
        "4": model or node("CheckpointLoaderSimple", ckpt_name="xl/sd_xl_base_1.0.safetensors"),
        "5": node("EmptyLatentImage", width=1344, height=768, batch_size=1),
        "6": node("CLIPTextEncode", text="a fox", clip=link("4", 1)),
        "7": node("CLIPTextEncode", text="blurry", clip=link("4", 1)),
        "8": node("VAEDecode", samples=link("3"), vae=link("4", 2)),
        "9": node("SaveImage", images=link("8"), filename_prefix="run"),
    }


def flux() -> Workflow:
    """As the deployed bot has it: a custom sampler whose parts come by links, and a loader that nothing uses."""
    return {
        "8": node("VAEDecode", samples=link("198:6"), vae=link("152")),
        "69": node("CR Prompt Text", prompt="a robot"),
        "152": node("VAELoader", vae_name="ae.safetensors"),
        "153": node(
            "DualCLIPLoader", clip_name1="t5xxl_fp16.safetensors", clip_name2="clip_l.safetensors", type="flux"
        ),
        "258": node("Empty Latent Ratio Select SDXL", ratio_selected="16:9 [1344x768 landscape]", batch_size=1),
        "271": node(
            "Power Lora Loader (rgthree)",
            PowerLoraLoaderHeaderWidget={"type": "PowerLoraLoaderHeaderWidget"},
            lora_1={"on": True, "lora": "metal.safetensors", "strength": 1},
            lora_2={"on": False, "lora": "off.safetensors", "strength": 1},
            lora_3={"on": True, "lora": "weightless.safetensors", "strength": 0},
            lora_7={"on": True, "lora": "grain.safetensors", "strength": -0.5},
            **{"➕ Add Lora": ""},
            model=link("288"),
            clip=link("153"),
        ),
        "279": node("CR Upscale Image", upscale_model="4x-ClearRealityV1.pth", rescale_factor=2, image=link("8")),
        "286": node("Image Save", output_path="FLUX", filename_prefix="Flux_gen", images=link("279")),
        "287": node("UnetLoaderGGUF", unet_name="unused.gguf"),
        "288": node("UNETLoader", unet_name="flux1-dev.sft", weight_dtype="fp8_e4m3fn"),
        "198:0": node("KSamplerSelect", sampler_name="euler"),
        "198:1": node("BasicScheduler", scheduler="simple", steps=4, denoise=1, model=link("271")),
        "198:2": node("RandomNoise", noise_seed=660124690620460),
        "198:3": node("CLIPTextEncode", text=link("69"), clip=link("271", 1)),
        "198:4": node("FluxGuidance", guidance=3.5, conditioning=link("198:3")),
        "198:5": node("BasicGuider", model=link("271"), conditioning=link("198:4")),
        "198:6": node(
            "SamplerCustomAdvanced",
            noise=link("198:2"),
            guider=link("198:5"),
            sampler=link("198:0"),
            sigmas=link("198:1"),
            latent_image=link("258"),
        ),
    }


def wan() -> Workflow:
    """A video of the wrapper nodes: the model's file is called ``model``, its LoRAs hang on the loader."""
    return {
        "1": node("WanVideoModelLoader", model="wan/t2v_14B_fp8.safetensors", base_precision="bf16", lora=link("3")),
        "2": node("WanVideoVAELoader", model_name="wan_vae.safetensors"),
        "3": node(
            "WanVideoLoraSelectMulti",
            lora_0="lightx2v.safetensors",
            strength_0=0.8,
            lora_1="none",
            strength_1=1.0,
            lora_2="zero.safetensors",
            strength_2=0.0,
            prev_lora=link("4"),
        ),
        "4": node("WanVideoLoraSelect", lora="first.safetensors", strength=1.0),
        "5": node("WanVideoEmptyEmbeds", width=832, height=480, num_frames=81),
        "6": node("LoadWanVideoT5TextEncoder", model_name="umt5.safetensors"),
        "7": node("WanVideoTextEncode", positive_prompt="a fox", t5=link("6")),
        "8": node(
            "WanVideoSampler",
            model=link("1"),
            image_embeds=link("5"),
            text_embeds=link("7"),
            steps=25,
            seed=42,
            scheduler="unipc",
        ),
        "9": node("WanVideoDecode", vae=link("2"), samples=link("8")),
        "10": node("VHS_VideoCombine", images=link("9"), frame_rate=16),
    }


def through(*loaders: dict[str, Any], **others: dict[str, Any]) -> Workflow:
    """The usual workflow, whose model goes through these nodes, the first of them next to the checkpoint."""
    workflow = {**plain(), **others}
    before = "4"
    for number, loader in enumerate(loaders, 100):
        workflow[str(number)] = {**loader, "inputs": {**loader["inputs"], "model": link(before)}}
        before = str(number)
    workflow["3"]["inputs"]["model"] = link(before)
    return workflow


def rewired(model: list[Any]) -> Workflow:
    """The usual workflow, whose sampler gets its model from somewhere else."""
    workflow = plain()
    workflow["3"]["inputs"]["model"] = model
    return workflow
