package cloud

import (
	"testing"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// BenchmarkNew is what each scenario pays before it begins.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		c, err := New(kernel.Options{})
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}
