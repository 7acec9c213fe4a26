/*
 * Runs a target over given inputs, without libFuzzer: for tests, and to look
 * at a finding with a debugger.
 *
 *     replay_evtx PATH...     files, and all files of folders
 *
 * A path behind --if-there may be missing: what is not in the repository.
 */
#define _POSIX_C_SOURCE 200809L /* scandir */

#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { INPUT_MOST = 64 << 20, PATH_BYTES = 4096 };

static size_t inputs;

static void run_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size ? size : 1); /* of its exact size, so that a byte too much is seen */
    if (file == NULL || data == NULL || fread(data, 1, size, file) != size) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
    if (getenv("FUZZ_VERBOSE"))
        fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    inputs++;
}

static void run_path(const char *path, bool may_be_missing);


/* In the order of the names, so that two runs do the same. */
static void run_folder(const char *path)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char inner[PATH_BYTES];
        int len = snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
        bool is_hidden = entries[i]->d_name[0] == '.';
        free(entries[i]);
        if (!is_hidden && len > 0 && len < PATH_BYTES)
            run_path(inner, false);
    }
    free(entries);
}

static void run_path(const char *path, bool may_be_missing)
{
    struct stat info = {0};
    if (stat(path, &info) != 0) {
        if (may_be_missing) {
            printf("%s: not here, left out\n", path);
            return;
        }
        perror(path);
        exit(EXIT_FAILURE);
    }
    if (S_ISDIR(info.st_mode))
        run_folder(path);
    else if (info.st_size <= INPUT_MOST)
        run_file(path, (size_t)info.st_size);
}

int main(int argc, char **argv)
{
    bool may_be_missing = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--if-there") == 0)
            may_be_missing = true;
        else
            run_path(argv[i], may_be_missing);
    }
    printf("%zu inputs\n", inputs);
    return inputs ? EXIT_SUCCESS : EXIT_FAILURE;
}
