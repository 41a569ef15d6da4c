-- 1 never: noted once, and the run goes on
return scenario {
  topology = { nodes = 3 },
  story    = function(w)
    local a, b, c = w:nodes()
    never(function() return now() >= s(1) and now() < s(2) end, "never then")
    wait(s(1.5))
    w:crash(c)
    eventually(s(10), function() return false end, "later")
  end,
}
