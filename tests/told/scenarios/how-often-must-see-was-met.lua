-- How often each event of must_see occurred, of three runs.
return scenario { topology = { nodes = 3 }, must_see = { "link.cut", "sync.failed" },
  story = function(w) local a = w:nodes() local k = w:client { server = a } k:register { service = "x" }
    for i = 1, one_of { 1, 2, 3 } do w:isolate(a) wait(between(s(1),s(6))) k:update { service = "x", weight = i + 1 } wait(s(2)) w:heal() wait(s(3)) end end }
