-- Wrong on purpose.
return scenario {
  story = function() wait(s(1)) end,
}
