/* What tests/fixtures/git/make made with the real git and ssh-keygen. */
#pragma once

#include <check.h>
#include <glib.h>
#include <stdlib.h>

/* The bytes of a file of tests/fixtures/git; to be freed. */
static inline char *git_fixture(const char *name, gsize *length)
{
    g_autofree char *path = g_build_filename(getenv("TESTS_ROOT"), "fixtures", "git", name, NULL);
    char *bytes = NULL;
    gsize size = 0;
    ck_assert_msg(g_file_get_contents(path, &bytes, &size, NULL), "%s", path);
    if (length != NULL) {
        *length = size;
    }
    return bytes;
}
