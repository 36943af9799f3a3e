/* The YAML parser's syntax errors in the words of our other messages. */
#pragma once

/* What libyaml 0.2 calls PROBLEM, as "expected ..., found ..."; NULL: there is no better wording.
 */
const char *yaml_wording_find(const char *problem);
