-- 65 : pcall and coroutines catch no runaway
return scenario {
  topology = { nodes = 1 },
  story    = function() while true do pcall(coroutine.wrap(function() while true do end end)) end end,
}
