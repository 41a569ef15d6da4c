-- 1 expect: wherever it stands
return scenario {
  topology = { nodes = 3 },
  story    = function(w)
    local a, b, c = w:nodes()
    spawn(function() wait(s(1)) expect(false, "from spawn") end)
    wait(s(10))
    eventually(us(0), function() return false end, "not reached")
  end,
}
