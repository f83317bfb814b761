package cloud

import "log/slog"

// NewSurvey is a survey with other room: for lists, and for what is kept.
func NewSurvey(r Reader, log *slog.Logger, room, kept int64) Reader {
	return surveyed(r, log, room, kept)
}

// SurveyUses is what the lists of a survey take.
func SurveyUses(r Reader) int64 { return r.(*survey).used.Load() }

// SurveyFrees tells how much room there is for what is kept.
func SurveyFrees(r Reader) int64 { return r.(*survey).kept.room }
