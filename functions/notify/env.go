package notify

import (
	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/channel/all"
)

// FromEnv opens the channels that the environment sets. Values never appear in its error.
func FromEnv(getenv func(string) string, t channel.Transport) ([]channel.Channel, error) {
	return channel.Open(all.Channels, getenv, t)
}
