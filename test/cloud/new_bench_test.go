package cloud

import "testing"

// BenchmarkNew is what each scenario pays before it begins.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		c, err := New(Options{})
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}
