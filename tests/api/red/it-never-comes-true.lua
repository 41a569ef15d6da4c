-- 2 eventually: in time
return scenario {
  topology = { nodes = 3 },
  story    = function(w)
    local a, b, c = w:nodes()
    at(s(3), function() eventually(s(1), function() return false end, "from at") end)
    wait(s(10))
  end,
}
