package functions_test

import (
	"testing"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/test/practicetest"
)

func TestFamilies(t *testing.T) { practicetest.Families(t, functions.All) }
