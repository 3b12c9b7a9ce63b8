"""Adapters whose parts differ: ranks and alphas by pattern, rank-stabilised scaling, single layers. PEFT's
files and the logits it computes, before and after merging.
Needs: pip install torch transformers peft safetensors. Usage: make_variants.py ../models OUT"""
import os, sys, torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM
from peft import LoraConfig, get_peft_model

src, out = sys.argv[1:3]
torch.set_num_threads(1)
variants = {
    'patterns': dict(target_modules='all-linear', use_rslora=True,
                     rank_pattern={'q_proj': 2, 'layers.1.mlp.down_proj': 6}, alpha_pattern={'down_proj': 3}),
    'one-layer': dict(target_modules=['q_proj', 'mlp.up_proj'], layers_to_transform=[1]),
}
for name, options in variants.items():
    torch.manual_seed(12)
    ids = load_file(f'{src}/llama-gqa-tied/golden.safetensors')['input_ids'].long()
    model = AutoModelForCausalLM.from_pretrained(f'{src}/llama-gqa-tied', dtype=torch.float32)
    model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, task_type='CAUSAL_LM', **options))
    with torch.no_grad():
        for n, p in model.named_parameters():
            if 'lora_' in n: p.copy_(torch.randn_like(p) * .1)
        folder = f'{out}/{name}'
        model.eval()
        model.save_pretrained(folder)
        logits = model(input_ids=ids).logits
        merged = model.merge_and_unload()(input_ids=ids).logits
    save_file({'logits': logits.contiguous(), 'merged_logits': merged.contiguous().clone()}, f'{folder}/golden.safetensors')
    os.path.exists(f'{folder}/README.md') and os.remove(f'{folder}/README.md')
    print(name, sorted(os.listdir(folder)))
