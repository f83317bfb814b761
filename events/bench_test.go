package events

import "testing"

// BenchmarkDecode is of what triage gets most: one ActionTrail record, and the largest
// sample.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{legacy, "actiontrail/run-instances-console", "config/noncompliant-disk"} {
		body := sample(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if _, err := Decode(body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTrim(b *testing.B) {
	envelope := decodeOnly(b, edited(b, legacy, map[string]any{"data/insight": filler(limit)})).Envelope
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Trim(envelope, limit); err != nil {
			b.Fatal(err)
		}
	}
}
