package all_test

import (
	"os"
	"testing"

	"github.com/ecsguard/ecsguard/shared/channel/all"
)

// Each is declared whole, under its folder's name, and no two share a variable: that begins
// with the name.
func TestChannels(t *testing.T) {
	for i, d := range all.Channels {
		if err := d.Validate(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat("../" + d.Name + "/channel.go"); err != nil {
			t.Errorf("channel %s is not in its folder: %v", d.Name, err)
		}
		if i > 0 && all.Channels[i-1].Name >= d.Name {
			t.Errorf("%s comes after %s", d.Name, all.Channels[i-1].Name)
		}
	}
}
