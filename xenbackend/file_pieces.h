/* A file of any size, read piece by piece. */
#pragma once

#include <glib.h>

/* Gets each piece in turn. */
typedef void (*FilePiece)(gpointer data, const char *bytes, gsize length);

/* Reads a regular file to its end. Links are followed. Fails as file_read() does, after some pieces
 * perhaps. */
gboolean file_read_pieces(const char *path, FilePiece piece, gpointer data, GError **error);
