-- What a scenario says cannot change the colours of a terminal.
return scenario { topology = { nodes = 1 }, story = function(w) step "red \27[31m text" log("bell \7") measure("m\27[2m", 1) expect(false, "esc \27[1m claim") end }
