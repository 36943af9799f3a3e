/* `checks` of agent.yaml: the commands that tell whether a domain is ready. */
#pragma once

#include "spec/yaml_tree.h"

#define AGENT_CHECKS_MAX      256u
#define AGENT_CHECK_WORDS_MAX 64u

/* Reads the value of `checks` under ROOT, a mapping: name -> char **, to be unreffed. What is wrong
 * is added to PROBLEMS and left out; an empty table where there is none. */
GHashTable *agent_checks_read(const YamlTree *tree, const YamlNode *root, Problems *problems);
