/* The run directory: what runs leave for `status` and for whoever watches, and what need not
 * outlive a boot. Nothing in it decides what is done, so that one that cannot be written is a
 * warning. */
#pragma once

#include "agent/run_facts.h"

#define RUN_FOLDER_DEFAULT "/run/xensure"
/* How many runs are told. */
#define RUN_FOLDER_RUNS 50u

/* The folder that agent.yaml says; else RUN_FOLDER_DEFAULT, or `run` in the state directory where
 * that is another than usual. To be freed. */
char *run_folder_find(const AgentConfig *config, const char *state_dir);

/* The runs that are told, oldest first: a new array; empty where there is none, or the file cannot
 * be read. */
json_t *run_folder_read_runs(const char *folder);
/* Adds the run that has just ended to RUNS, and puts them down. */
gboolean run_folder_add(const Cycle *cycle, const RunFacts *facts, json_t *runs, GError **error);

/* The report of the last run, whatever became of it. NULL without an error: there is none. To be
 * freed. */
char *run_folder_read_last(const char *folder, GError **error);
gboolean run_folder_write_last(const char *folder, const char *json, GError **error);

/* When whoever runs xensure regularly will do so next, in seconds since 1970; 0: not known. It is
 * the number in the file next-run. */
gint64 run_folder_read_next(const char *folder);
/* TIME 0: nobody will any more. */
gboolean run_folder_write_next(const char *folder, gint64 time, GError **error);
