-- Events are listed, not keys of a table.
return scenario {
  topology = { nodes = 3 },
  must_see = { ["node.crash"] = true },
  story    = function(w) wait(s(1)) end,
}
