-- 1 expect: nothing catches it
return scenario {
  topology = { nodes = 3 },
  story    = function(w)
    local a, b, c = w:nodes()
    pcall(function() expect(a == b) end)
    pcall(coroutine.resume, coroutine.create(function() expect(false) end))
  end,
}
