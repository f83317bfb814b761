package practice

// Peers are the other practices of the family that are still in use, in their order
// among all.
func (p *Practice) Peers(all []*Practice) (peers []*Practice) {
	for _, q := range all {
		if p.Family != nil && p.Family == q.Family && p.ID != q.ID && p.Retired == "" && q.Retired == "" {
			peers = append(peers, q)
		}
	}
	return peers
}
