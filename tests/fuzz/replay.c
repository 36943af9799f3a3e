/* Runs a fuzz target over every file of a folder: a corpus as an ordinary test. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    guint count = 0;
    for (int i = 1; i < argc; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GDir) folder = g_dir_open(argv[i], 0, &error);
        if (folder == NULL) {
            fprintf(stderr, "%s\n", error->message);
            return 1;
        }
        for (const char *name = g_dir_read_name(folder); name != NULL;
             name = g_dir_read_name(folder)) {
            g_autofree char *path = g_build_filename(argv[i], name, NULL);
            g_autofree char *bytes = NULL;
            gsize length = 0;
            if (!g_file_get_contents(path, &bytes, &length, &error)) {
                fprintf(stderr, "%s\n", error->message);
                return 1;
            }
            LLVMFuzzerTestOneInput((const uint8_t *)bytes, length);
            count++;
        }
    }
    if (count == 0) {
        fprintf(stderr, "no corpus file found\n");
        return 1;
    }
    printf("%u corpus files replayed\n", count);
    return 0;
}
