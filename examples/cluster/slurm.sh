#!/bin/sh
#SBATCH --job-name=rddpm
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=02:00:00
#SBATCH --signal=TERM@120
# TERM comes two minutes before the end: the cell saves its state, and goes on when its number is submitted again.
exec npx rddpm benchmark --plan rddpm.config.ts --out "${RDDPM_OUT:-study}" --cell "$SLURM_ARRAY_TASK_ID"
