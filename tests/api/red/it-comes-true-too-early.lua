-- 1 within: before its earliest
return scenario {
  topology = { nodes = 3 },
  story    = function(w)
    local a, b, c = w:nodes()
    within(s(1), s(2), function() return true end, "too early")
  end,
}
