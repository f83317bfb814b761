package ledger_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/ecsguard/ecsguard/shared/ledger"
)

// BenchmarkWrite compares one write as the SDK makes it with ours, the service left out.
func BenchmarkWrite(b *testing.B) {
	taken := roundTrip(func(r *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, r.Body)
		return respond(200, nil), err
	})
	b.Run("sdk", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			client := ledger.Client(b.Context(), ledger.Endpoint("cn-hangzhou"), secret, taken)
			if err := client.PutLogs("ecsguard-1", "audit", group("1")); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("put", func(b *testing.B) {
		b.ReportAllocs()
		log := service(taken)
		for b.Loop() {
			if err := log.Put(b.Context(), "", group("1")); err != nil {
				b.Fatal(err)
			}
		}
	})
}
