package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/dejafix/dejafix/store"
	"github.com/dejafix/dejafix/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m, open) }

func open(ctx context.Context, location string, clock func() time.Time) (storetest.Store, error) {
	s, err := store.Open(ctx, store.Options{Path: location, Clock: clock})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func TestConformance(t *testing.T) { storetest.Run(t, open) }
