package practice

// YesNo is a param that is no unless the operator says yes. Its doc begins with "whether".
func YesNo(name, doc string) Param {
	return Param{Name: name, Kind: Choice, Choices: []string{"no", "yes"}, Default: []string{"no"}, Doc: doc}
}

// Yes tells whether the operator has said yes to a YesNo.
func (p *Pass) Yes(name string) bool { return p.Word(name) == "yes" }
