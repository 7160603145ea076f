# On request: what every unit of a layer answers to each image at most, in the shards of the search.


rule compute_image_responses:
    input:
        generated_images,
        weights="results/{network}/weights.h5",
        images="results/images/images.tsv",
    output:
        # The merged file has all of it.
        temp("results/{network}/image_responses/shards/{layer}_{shard}_of_{shards}.h5"),
    log:
        "results/{network}/logs/compute_image_responses/{layer}_{shard}_of_{shards}.log",
    benchmark:
        "results/{network}/benchmarks/compute_image_responses/{layer}_{shard}_of_{shards}.tsv"
    wildcard_constraints:
        shard="[0-9]+",
        shards="[0-9]+",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(610),
        runtime=minutes_of_images(6, per_image=0.06),
        gpu=GPUS,
    params:
        code=code("compute_image_responses.py"),
    message:
        "Computing what {wildcards.network} {wildcards.layer} answers to the images, shard {wildcards.shard} of"
        " {wildcards.shards}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/compute_image_responses.py --weights {input.weights:q} --image-table {input.images:q}'
        " --layer {wildcards.layer:q} --shard {wildcards.shard:q} --shards {wildcards.shards:q} --output {output:q}"
        " --threads {threads:q} --log {log:q}"


rule merge_image_responses:
    input:
        image_response_shards,
    output:
        "results/{network}/image_responses/{layer}.h5",
    log:
        "results/{network}/logs/merge_image_responses/{layer}.log",
    benchmark:
        "results/{network}/benchmarks/merge_image_responses/{layer}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(260),
        runtime=minutes(120),
    params:
        code=code("merge_image_responses.py"),
    message:
        "Merging what {wildcards.network} {wildcards.layer} answers to the images"
    shell:
        'python "$HIGHLOW_SCRIPTS"/merge_image_responses.py --shards {input:q} --output {output:q} --log {log:q}'
