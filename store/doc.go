// Package store keeps what dejafix learned: one SQLite file per user, with a
// typed method for each thing that is asked of it. It owns the file, its
// schema and its migrations; it does not learn, rank or decide, and keeps no
// copy of its rows in memory.
//
// What always holds:
//
//   - Examples are the truth. Patterns are derived; the rows about them here
//     (Pattern) only save the command line from relearning everything.
//   - Every method that writes is one short transaction. A process that is
//     killed loses what had not returned yet, and nothing else.
//   - Several processes may have the file open at once (WAL, a busy timeout,
//     no daemon). Generation tells one of them that another wrote.
//   - No transaction outlives a call, iterators included: a reader never keeps
//     another process from checkpointing or from really forgetting.
//   - Only the owner can read the files: 0600, in a folder of 0700.
//   - What was forgotten is in no file of the store when Forget returns nil.
//
// Times are kept to the nanosecond and come back in UTC.
package store
