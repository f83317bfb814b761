package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// The error of a call may repeat what it was given.
func TestTheLogHidesSecrets(t *testing.T) {
	const planted = "Pl4ntedS3cretOfAKeyInTexts9Zq1"
	var b bytes.Buffer
	log := logger(&b).With("name", "LTAI5tPlantedKey9876543 "+planted)
	log.Error("refused: accessKeySecret="+planted, "error", errors.New("bad accessKeySecret: "+planted), "n", 1)
	if got := b.String(); strings.Contains(got, planted[:20]) || strings.Count(got, "…9Zq1") != 3 || !strings.Contains(got, `"n":1`) {
		t.Error(got)
	}
}
