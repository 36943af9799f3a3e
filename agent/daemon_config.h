/* What the daemon goes by: agent.yaml as it was when it was last read and right. */
#pragma once

#include "agent/options.h"

typedef struct {
    gint64 interval_s;
    gint64 run_timeout_s;
    gint64 slow_run_s;
    char *run_dir;
    char *copy_path;  /* agent.yaml as it was read: runs read this one */
    GPtrArray *paths; /* of char *: the local files and folders that the spec comes from, and
                         those that say which commit a repository of this host has */
} DaemonConfig;

/* Reads agent.yaml, checks that nobody else can write it, and puts a copy of it into the run
 * directory, for the runs. NULL, and in *WHY what is wrong, in words, to be freed. */
DaemonConfig *daemon_config_read(const Options *options, char **why);
void daemon_config_free(DaemonConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DaemonConfig, daemon_config_free)
