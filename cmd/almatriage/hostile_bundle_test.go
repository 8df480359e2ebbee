package main

import (
	"archive/tar"
	"bytes"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/store/bundle"
	"github.com/almatriage/almatriage/tracker"
)

// hostileBundles writes two bundles to the user's home: taken.tar.zst is sound,
// and all people in it have hostile names; in refused.tar.zst it is the files.
func (u *user) hostileBundles(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := store.Open(ctx, filepath.Join(t.TempDir(), "other.db"), store.Options{Volatile: true})
	must(err)
	about := hostileReport(2)
	_, err = db.Commit(ctx, "almbz", "AlmaLinux-9", tracker.Page{Reports: []tracker.Report{about}})
	must(err)
	for by, verdict := range map[string]reproduce.Verdict{"xann": reproduce.AlmaOnly, "xbob": reproduce.NotABug} {
		must(db.Decide(ctx, reproduce.Decision{ID: reproduce.NewID(), Report: about.ID.String(), Verdict: verdict, Note: hostile("xnote"), By: hostile(by), At: day(6)}))
	}
	_, err = bundle.WriteFile(ctx, filepath.Join(u.home, "taken.tar.zst"), db, []tracker.ID{about.ID}, bundle.Options{Program: hostile("xprogram"), Author: hostile("xauthor")})
	must(err)
	must(db.Close())

	var packed bytes.Buffer
	zip, err := zstd.NewWriter(&packed)
	must(err)
	archive := tar.NewWriter(zip)
	must(archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "../xentry" + argument()}))
	must(archive.Close())
	must(zip.Close())
	u.write("refused.tar.zst", packed.String())
}
