/* Checks of texts that key rows name: each returns NULL when the text is right, or what was
 * expected. */
#pragma once

#include <glib.h>

const char *check_cpus(const char *text);      /* "all", "0-3,^2", "nodes:1" */
const char *check_vdev(const char *text);      /* xvda, hda1, sdb, d0p1 */
const char *check_disk_path(const char *text); /* what a disk string can carry */
const char *check_in_string(
    const char *text); /* no comma or blank at the ends: vif strings have no quoting */
const char *check_word(const char *text);      /* [A-Za-z0-9_.-]+ */
const char *check_interface(const char *text); /* a network interface's name */
const char *check_program(const char *text);   /* a bare name or an absolute path */
const char *check_address(const char *text);   /* ^[A-Za-z0-9.:-]+$: xl passes it through a shell */
const char *check_path(const char *text);      /* absolute, no "." or ".." parts, no "//" */
const char *check_domain_name(const char *text);
const char *check_label(const char *text); /* of hosts, profiles and fleets */
