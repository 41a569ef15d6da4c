-- 3 : must_see names what never occurred
return scenario { topology = { nodes = 1 }, must_see = { "node.crash" }, story = function() wait(s(1)) end }
