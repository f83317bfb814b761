package functions_test

import (
	"testing"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/test/scenario"
)

func TestFamilies(t *testing.T) { scenario.Families(t, functions.All) }
