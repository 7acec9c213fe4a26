#include "model/source_fact.h"

const struct tcs_fact_word tcs_fact_words[TCS_FACT_COUNT] = {
    [TCS_FACT_LOST] = {"records-lost", "records were lost before they could be read", TCS_FACT_BLIND},
    [TCS_FACT_CLEARED] = {"log-cleared", "the log was emptied", TCS_FACT_BLIND},
    [TCS_FACT_RESTARTED] = {"log-restarted",
                            "another log stands here, or its numbers began anew; read from its start",
                            TCS_FACT_BLIND},
    [TCS_FACT_WENT_BACK] = {"log-went-back", "an earlier state of the log stands here; nothing is read twice",
                            TCS_FACT_BLIND},
    [TCS_FACT_TRUNCATED] = {"file-truncated", "the file became shorter", TCS_FACT_BLIND},
    [TCS_FACT_TORN] = {"records-torn", "half-written records stayed so and are read as damage",
                       TCS_FACT_BLIND},
    [TCS_FACT_FULL] = {"log-full", "the log is full and drops new records", TCS_FACT_BLIND},
    [TCS_FACT_MOVED] = {"file-moved", "the file has another name now", TCS_FACT_NOTE},
    [TCS_FACT_VANISHED] = {"file-vanished", "the file is not there any more", TCS_FACT_BLIND},
    [TCS_FACT_RETURNED] = {"file-returned", "the file is there again", TCS_FACT_NOTE},
    [TCS_FACT_UNREADABLE] = {"file-unreadable", "the file cannot be read", TCS_FACT_FAULT},
    [TCS_FACT_READABLE] = {"file-readable", "the file can be read again", TCS_FACT_NOTE},
    [TCS_FACT_NO_LOG] = {"no-log", "the file is no log that can be followed", TCS_FACT_FAULT},
    [TCS_FACT_LIMIT] = {"limit-reached", "more than the watcher takes", TCS_FACT_FAULT},
};
