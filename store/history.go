package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
)

// An Answer is what a person said when asked whether to learn from the history
// of a repository.
type Answer string

// The answers. A person who closed the question was asked all the same.
const (
	NotAsked   Answer = ""
	AnswerYes  Answer = "yes"
	AnswerNo   Answer = "no"
	AnswerNone Answer = "none"
)

// AddHistory remembers that commits of a workspace were looked at; hashes are
// hexadecimal. It changes no suggestion, and so not the generation.
func (s *Store) AddHistory(ctx context.Context, workspace string, commits []string) error {
	const op = "remember how far history was read"
	keys := make([][]byte, len(commits))
	for i, c := range commits {
		var err error
		if keys[i], err = hex.DecodeString(c); err != nil {
			return s.fail(op, fmt.Errorf("commit %q: %w", c, err))
		}
	}
	now := stamp(s.clock())
	return s.update(ctx, op, func(tx *writing) error {
		for _, k := range keys {
			if _, err := tx.exec("INSERT INTO history (workspace, hash, time) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", workspace, k, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// History is the commits of a workspace that were looked at.
func (s *Store) History(ctx context.Context, workspace string) (map[string]bool, error) {
	const op = "look up how far history was read"
	rows, err := s.read.QueryContext(ctx, "SELECT hash FROM history WHERE workspace = ?", workspace)
	if err != nil {
		return nil, s.fail(op, err)
	}
	defer rows.Close()
	done := map[string]bool{}
	for rows.Next() {
		var hash sql.RawBytes
		if err := rows.Scan(&hash); err != nil {
			return nil, s.fail(op, err)
		}
		done[hex.EncodeToString(hash)] = true
	}
	return done, s.fail(op, rows.Err())
}

// HistoryAnswer is what the person of the workspace around root said when asked
// whether to learn from its history.
func (s *Store) HistoryAnswer(ctx context.Context, root string) (Answer, error) {
	const op = "look up an answer"
	location, err := Location(root)
	if err != nil {
		return NotAsked, s.fail(op, err)
	}
	var a Answer
	err = s.read.QueryRowContext(ctx, `SELECT o.answer FROM history_offers o JOIN workspaces w ON w.id = o.workspace WHERE w.location = ?`, location).Scan(&a)
	if errors.Is(err, sql.ErrNoRows) {
		return NotAsked, nil
	}
	return a, s.fail(op, err)
}

// SetHistoryAnswer remembers an answer.
func (s *Store) SetHistoryAnswer(ctx context.Context, root string, a Answer) error {
	workspace, err := s.WorkspaceID(ctx, root)
	if err != nil {
		return err
	}
	now := stamp(s.clock())
	return s.update(ctx, "remember an answer", func(tx *writing) error {
		_, err := tx.exec(`INSERT INTO history_offers (workspace, answer, time) VALUES (?, ?, ?)
			ON CONFLICT (workspace) DO UPDATE SET answer = excluded.answer, time = excluded.time`, workspace, string(a), now)
		return err
	})
}

// Imported lists the tools of imported examples of a workspace that start with a
// prefix: the files that they came from.
func (s *Store) Imported(ctx context.Context, workspace, prefix string) ([]string, error) {
	const op = "list what was imported"
	rows, err := s.read.QueryContext(ctx, `SELECT DISTINCT tool FROM examples WHERE workspace = ?1 AND origin = 'import' AND substr(tool, 1, length(?2)) = ?2 ORDER BY tool`, workspace, prefix)
	if err != nil {
		return nil, s.fail(op, err)
	}
	defer rows.Close()
	var tools []string
	for rows.Next() {
		var tool string
		if err := rows.Scan(&tool); err != nil {
			return nil, s.fail(op, err)
		}
		tools = append(tools, tool)
	}
	return tools, s.fail(op, rows.Err())
}

// DropImported deletes the imported examples of a workspace that a tool gave: the
// file that they came from says something else now, or is gone.
func (s *Store) DropImported(ctx context.Context, workspace, tool string) (examples int, err error) {
	var f Forgotten
	err = s.update(ctx, "drop what was imported", func(tx *writing) error {
		f = Forgotten{}
		d := deletion{writing: tx, counts: &f}
		d.begin("SELECT DISTINCT repair FROM examples WHERE workspace = ? AND origin = 'import' AND tool = ?", workspace, tool)
		d.dropDoomed()
		return d.err
	})
	return f.Examples, err
}

// KnownWorkspace is the id of the workspace that root lies in, "" for one that was
// never seen: it gives none a name.
func (s *Store) KnownWorkspace(ctx context.Context, root string) (string, error) {
	const op = "look up a workspace"
	location, err := Location(root)
	if err != nil {
		return "", s.fail(op, err)
	}
	id, err := workspaceAt(ctx, s.read, location)
	return id, s.fail(op, err)
}
